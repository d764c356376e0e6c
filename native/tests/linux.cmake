# The tests on Linux: one program per topic, run as it is and again with each fallback forced.

find_package(Threads REQUIRED)
find_program(LASTCALL_READELF NAMES "${CMAKE_READELF}" readelf REQUIRED)

add_library(lastcall_test_flags INTERFACE)
target_compile_definitions(lastcall_test_flags INTERFACE
    _GNU_SOURCE "TEST_CHILD=\"$<TARGET_FILE:lastcall_test_child>\"")
target_include_directories(lastcall_test_flags INTERFACE
    "${CMAKE_CURRENT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/native/include")
# Without optimisation: the tests' own speed matters to nobody, a readable backtrace does.
target_compile_options(lastcall_test_flags INTERFACE -O0 -g -Wall -Wextra -Wconversion
    $<$<BOOL:${LASTCALL_WERROR}>:-Werror>)

# The helpers know nothing of the library. Other tests than these run them as well.
add_executable(lastcall_test_child helpers/child.c)
add_executable(lastcall_test_deny helpers/deny.c)
add_executable(lastcall_test_never_reaps helpers/never_reaps.c)
add_executable(lastcall_test_bystanders helpers/bystanders.c)
foreach(helper child deny never_reaps bystanders)
    set_target_properties(lastcall_test_${helper} PROPERTIES OUTPUT_NAME ${helper}
        RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/helpers")
    target_compile_options(lastcall_test_${helper} PRIVATE -Wall -Wextra -Wconversion
        $<$<BOOL:${LASTCALL_WERROR}>:-Werror>)
endforeach()
target_link_libraries(lastcall_test_child PRIVATE Threads::Threads)

# What the Java loader must refuse.
add_library(lastcall_wrong_abi MODULE helpers/wrong_abi.c)
target_include_directories(lastcall_wrong_abi PRIVATE "${PROJECT_SOURCE_DIR}/native/include")
set_target_properties(lastcall_wrong_abi PROPERTIES PREFIX "" OUTPUT_NAME wrong_abi
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/helpers")

function(lastcall_test_program topic)
    add_executable(test_${topic} test_${topic}.c test.c)
    target_link_libraries(test_${topic} PRIVATE lastcall_test_flags Threads::Threads ${CMAKE_DL_LIBS} ${ARGN})
    add_dependencies(test_${topic} lastcall_test_child)
endfunction()

foreach(topic spawn signal wait monitor exit stdio group members init names)
    lastcall_test_program(${topic} lastcall)
endforeach()
lastcall_test_program(failures lastcall_objects)

# lastcall_test(TOPIC VARIANT DISABLE ABSENT COMMAND...): the numbers are sums of LC_FEATURE_*.
function(lastcall_test topic variant disable absent)
    set(name ${topic}${variant})
    add_test(NAME ${name} COMMAND ${ARGN} $<TARGET_FILE:test_${topic}>)
    set_tests_properties(${name} PROPERTIES TIMEOUT 120
        ENVIRONMENT "LASTCALL_TEST_DISABLE=${disable};LASTCALL_TEST_ABSENT=${absent}")
endfunction()

set(all_but_clone3 close_range pidfd_open pidfd_send_signal clone_pidfd waitid_pidfd pidfd_group pidfd_info)
set(deny $<TARGET_FILE:lastcall_test_deny>)

foreach(topic spawn signal wait monitor exit stdio group members init names failures)
    lastcall_test(${topic} "" 0 0)
endforeach()
foreach(topic spawn signal wait monitor exit group members init failures)
    lastcall_test(${topic} .no-clone3 1 0)
    lastcall_test(${topic} .no-pidfd-group 8 0)
    lastcall_test(${topic} .no-pidfd 4 0)
    lastcall_test(${topic} .bare 63 0)
endforeach()

# In front of the whole program, so that lc_init() has to find out. The C library can make threads after ENOSYS from
# clone3 and after nothing else: one topic alone is run with EPERM, and skips its test with threads.
foreach(topic spawn signal wait monitor exit group members init)
    lastcall_test(${topic} .seccomp-enosys 0 63 ${deny} --errno ENOSYS clone3 ${all_but_clone3} --)
    lastcall_test(${topic} .seccomp-eperm 0 63 ${deny} clone3 --errno EPERM ${all_but_clone3} --)
    lastcall_test(${topic} .kernel-5.3 0 63 ${deny} close_range waitid_pidfd pidfd_group pidfd_info --)
    lastcall_test(${topic} .kernel-5.10 0 24 ${deny} close_range_cloexec pidfd_group pidfd_info --)
endforeach()

lastcall_test(spawn .seccomp-eperm-clone3 0 63 ${deny} --errno EPERM clone3 ${all_but_clone3} --)
lastcall_test(init .seccomp-eperm-clone3 0 1 ${deny} --errno EPERM clone3 --)

add_test(NAME library COMMAND sh "${CMAKE_CURRENT_SOURCE_DIR}/library.sh"
    $<TARGET_FILE:lastcall> "${PROJECT_SOURCE_DIR}/native/include/lastcall.h" "${LASTCALL_READELF}")
set_tests_properties(library PROPERTIES TIMEOUT 30)
