# The tests on Windows, and under Wine where CMAKE_CROSSCOMPILING_EMULATOR names it: one program per topic, run as it is
# and again with the fallback forced.

set(tests "${CMAKE_CURRENT_SOURCE_DIR}/windows")

add_library(lastcall_test_flags INTERFACE)
target_include_directories(lastcall_test_flags INTERFACE "${tests}" "${PROJECT_SOURCE_DIR}/native/include")
target_compile_options(lastcall_test_flags INTERFACE -O0 -g -Wall -Wextra -Wconversion
    $<$<BOOL:${LASTCALL_WERROR}>:-Werror>)
# Windows looks for a library in the folder of the program, and the tests look for the child there.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/helpers")
set_target_properties(lastcall lastcall_event lastcall_guardian PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")

# Knows nothing of the library.
add_executable(lastcall_test_child windows/child.c)
set_target_properties(lastcall_test_child PROPERTIES OUTPUT_NAME child)
target_compile_options(lastcall_test_child PRIVATE -Wall -Wextra -Wconversion $<$<BOOL:${LASTCALL_WERROR}>:-Werror>)
target_link_options(lastcall_test_child PRIVATE -municode)

foreach(topic spawn act attach signal members wait monitor stdio names guardian)
    add_executable(test_${topic} windows/test_${topic}.c windows/harness.c)
    target_link_libraries(test_${topic} PRIVATE lastcall_test_flags lastcall)
    add_dependencies(test_${topic} lastcall_test_child)
    add_test(NAME ${topic} COMMAND test_${topic})
    set_tests_properties(${topic} PROPERTIES TIMEOUT 300)
endforeach()
foreach(topic spawn act signal members names guardian)
    add_test(NAME ${topic}.no-job-list COMMAND test_${topic})
    set_tests_properties(${topic}.no-job-list PROPERTIES TIMEOUT 300 ENVIRONMENT "LASTCALL_TEST_DISABLE=128")
endforeach()
