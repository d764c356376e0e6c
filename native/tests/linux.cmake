# The tests on Linux: one program per topic, run as it is and again with each fallback forced.

find_package(Threads REQUIRED)
find_program(LASTCALL_READELF NAMES "${CMAKE_READELF}" readelf REQUIRED)

# Under an emulator of user programs the tests themselves are emulated; what they start the kernel runs as it is, so it
# has to be of this machine: -DLASTCALL_HELPERS names the folder `helpers` of a build for it.
set(LASTCALL_HELPERS "${CMAKE_CURRENT_BINARY_DIR}/helpers" CACHE PATH "Where the programs are that the tests start")

add_library(lastcall_test_flags INTERFACE)
target_compile_definitions(lastcall_test_flags INTERFACE _GNU_SOURCE "TEST_CHILD=\"${LASTCALL_HELPERS}/child\"")
target_include_directories(lastcall_test_flags INTERFACE
    "${CMAKE_CURRENT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/native/include")
# Without optimisation: a readable backtrace matters more than the speed of the tests.
target_compile_options(lastcall_test_flags INTERFACE -O0 -g -Wall -Wextra -Wconversion
    $<$<BOOL:${LASTCALL_WERROR}>:-Werror>)

# The helpers know nothing of the library. Other tests than these run them as well.
add_executable(lastcall_test_child helpers/child.c)
add_executable(lastcall_test_deny helpers/deny.c)
add_executable(lastcall_test_never_reaps helpers/never_reaps.c)
add_executable(lastcall_test_bystanders helpers/bystanders.c)
add_executable(lastcall_test_subreaper helpers/subreaper.c)
foreach(helper child deny never_reaps bystanders subreaper)
    set_target_properties(lastcall_test_${helper} PROPERTIES OUTPUT_NAME ${helper}
        RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/helpers")
    target_compile_options(lastcall_test_${helper} PRIVATE -Wall -Wextra -Wconversion
        $<$<BOOL:${LASTCALL_WERROR}>:-Werror>)
endforeach()
target_link_libraries(lastcall_test_child PRIVATE Threads::Threads)

# Speaks with the library, but does not do the work.
add_executable(lastcall_short_guardian helpers/short_guardian.c)
target_include_directories(lastcall_short_guardian PRIVATE "${PROJECT_SOURCE_DIR}/native/include")
set_target_properties(lastcall_short_guardian PROPERTIES OUTPUT_NAME short_guardian
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/helpers")

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

set(spawn spawn spawn_descriptors)

# These share failures.c.
set(failures failures failures_wait)

# These share members.c.
set(members members members_signal_state members_trust members_limits)

# The shared library needs nothing, and so it can have no sanitizer: then its objects are linked.
foreach(topic act attach cgroup marks ${spawn} signal wait monitor exit stdio group ${members} init names invoke
        job_control)
    if(LASTCALL_SANITIZE)
        lastcall_test_program(${topic} lastcall_objects)
        target_sources(test_${topic} PRIVATE "${PROJECT_SOURCE_DIR}/native/src/linux/syscall.c")
    else()
        lastcall_test_program(${topic} lastcall)
    endif()
endforeach()
if(LASTCALL_SANITIZE)
    target_compile_options(lastcall_test_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined)
endif()
foreach(topic ${members})
    target_sources(test_${topic} PRIVATE members.c)
endforeach()
target_sources(test_cgroup PRIVATE leaf.c)
foreach(topic ${failures})
    lastcall_test_program(${topic} lastcall_objects)
    target_sources(test_${topic} PRIVATE failures.c)
endforeach()
lastcall_test_program(scan lastcall_objects)
lastcall_test_program(freeze lastcall_objects)
target_sources(test_freeze PRIVATE leaf.c)

# With the guardian's own files, all but its main().
lastcall_test_program(guardian lastcall_objects)
target_sources(test_guardian PRIVATE $<TARGET_OBJECTS:lastcall_guardian_objects>)
target_compile_definitions(test_guardian PRIVATE TEST_GUARDIAN="$<TARGET_FILE:lastcall_guardian>")
add_dependencies(test_guardian lastcall_guardian)

# The emulator, started as the subreaper that it cannot make of a program; and the same as test.c wants it.
set(emulator "")
set(timeout 120)
if(CMAKE_CROSSCOMPILING)
    set(emulator "${LASTCALL_HELPERS}/subreaper" ${CMAKE_CROSSCOMPILING_EMULATOR})
    set(timeout 900)
endif()
list(JOIN emulator " " alone)

# lastcall_test(TOPIC VARIANT DISABLE ABSENT COMMAND...): the numbers are sums of LC_FEATURE_*.
function(lastcall_test topic variant disable absent)
    set(name ${topic}${variant})
    add_test(NAME ${name} COMMAND ${ARGN} ${emulator} $<TARGET_FILE:test_${topic}>)
    set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout}
        ENVIRONMENT "LASTCALL_TEST_DISABLE=${disable};LASTCALL_TEST_ABSENT=${absent}")
    if(CMAKE_CROSSCOMPILING)
        set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "LASTCALL_TEST_ALONE=${alone}")
    endif()
endfunction()

set(all_but_clone3 close_range pidfd_open pidfd_send_signal clone_pidfd waitid_pidfd pidfd_group pidfd_info)
set(deny $<TARGET_FILE:lastcall_test_deny>)

foreach(topic act attach cgroup marks ${spawn} signal wait monitor exit stdio group ${members} init names invoke
        ${failures} scan freeze guardian job_control)
    lastcall_test(${topic} "" 0 0)
endforeach()
foreach(topic act attach cgroup marks ${spawn} signal wait monitor exit group ${members} init ${failures} scan)
    lastcall_test(${topic} .no-clone3 1 0)
    lastcall_test(${topic} .no-pidfd-group 8 0)
    lastcall_test(${topic} .no-pidfd 4 0)
    lastcall_test(${topic} .bare 63 0)
endforeach()

# A filter would be the emulator's as much as the test's.
if(CMAKE_CROSSCOMPILING)
    add_test(NAME seccomp COMMAND "${CMAKE_COMMAND}" -E echo "skipped: the filter would be the emulator's")
    set_tests_properties(seccomp PROPERTIES SKIP_REGULAR_EXPRESSION "^skipped: ")
    set(filtered "")
else()
    set(filtered act attach cgroup marks ${spawn} signal wait monitor exit group ${members} init)
endif()

# In front of the whole program, so that lc_init() has to find out. The C library can make threads after ENOSYS from
# clone3 and after nothing else: one topic alone is run with EPERM, and skips its test with threads.
foreach(topic ${filtered})
    lastcall_test(${topic} .seccomp-enosys 0 63 ${deny} --errno ENOSYS clone3 ${all_but_clone3} --)
    lastcall_test(${topic} .seccomp-eperm 0 63 ${deny} clone3 --errno EPERM ${all_but_clone3} --)
    lastcall_test(${topic} .kernel-5.3 0 63 ${deny} close_range waitid_pidfd pidfd_group pidfd_info --)
    lastcall_test(${topic} .kernel-5.10 0 24 ${deny} close_range_cloexec pidfd_group pidfd_info --)
endforeach()

if(filtered)
    lastcall_test(guardian .kernel-5.10 0 24 ${deny} close_range_cloexec pidfd_group pidfd_info --)
    lastcall_test(spawn .seccomp-eperm-clone3 0 63 ${deny} --errno EPERM clone3 ${all_but_clone3} --)
    lastcall_test(init .seccomp-eperm-clone3 0 1 ${deny} --errno EPERM clone3 --)
endif()

# The longest tests begin first, so that no other waits for them at the end.
set_tests_properties(guardian PROPERTIES COST 100)
if(filtered)
    set_tests_properties(guardian.kernel-5.10 PROPERTIES COST 100)
endif()

# In a program that loads it as a JVM does, of this libc and of the other one.
add_executable(lastcall_smoke posix/smoke.c)
target_include_directories(lastcall_smoke PRIVATE "${PROJECT_SOURCE_DIR}/native/include")
target_compile_options(lastcall_smoke PRIVATE -Wall -Wextra -Wconversion $<$<BOOL:${LASTCALL_WERROR}>:-Werror>)
target_link_libraries(lastcall_smoke PRIVATE ${CMAKE_DL_LIBS})
set(guardian $<TARGET_FILE:lastcall_guardian>)
if(CMAKE_CROSSCOMPILING)
    set(guardian "") # the kernel would run it, and not the emulator
endif()
add_test(NAME smoke COMMAND ${emulator} $<TARGET_FILE:lastcall_smoke> $<TARGET_FILE:lastcall> ${guardian})

find_program(LASTCALL_MUSL_GCC musl-gcc)
if(LASTCALL_MUSL_GCC AND NOT CMAKE_CROSSCOMPILING)
    add_custom_command(OUTPUT smoke-musl DEPENDS posix/smoke.c "${PROJECT_SOURCE_DIR}/native/include/lastcall.h"
        COMMAND "${LASTCALL_MUSL_GCC}" -std=gnu11 "-I${PROJECT_SOURCE_DIR}/native/include" -o smoke-musl
            "${CMAKE_CURRENT_SOURCE_DIR}/posix/smoke.c")
    add_custom_target(lastcall_smoke_musl ALL DEPENDS smoke-musl)
    add_test(NAME smoke.musl COMMAND "${CMAKE_CURRENT_BINARY_DIR}/smoke-musl" $<TARGET_FILE:lastcall>)
else()
    add_test(NAME smoke.musl COMMAND "${CMAKE_COMMAND}" -E echo "skipped: no musl-gcc for this machine")
    set_tests_properties(smoke.musl PROPERTIES SKIP_REGULAR_EXPRESSION "^skipped: ")
endif()
set_tests_properties(smoke smoke.musl PROPERTIES TIMEOUT 120)

add_test(NAME library COMMAND sh "${CMAKE_CURRENT_SOURCE_DIR}/library.sh"
    $<TARGET_FILE:lastcall> "${PROJECT_SOURCE_DIR}/native/include/lastcall.h" "${LASTCALL_READELF}")
set_tests_properties(library PROPERTIES TIMEOUT 30)
