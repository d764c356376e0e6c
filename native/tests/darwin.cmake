# The tests on macOS: the library in a program that loads it as a JVM does. The rest of the C suite is Linux's: it looks
# at /proc, and denies system calls.

add_executable(lastcall_smoke posix/smoke.c)
target_include_directories(lastcall_smoke PRIVATE "${PROJECT_SOURCE_DIR}/native/include")
target_compile_options(lastcall_smoke PRIVATE -Wall -Wextra -Wconversion $<$<BOOL:${LASTCALL_WERROR}>:-Werror>)
add_test(NAME smoke COMMAND lastcall_smoke $<TARGET_FILE:lastcall>)
set_tests_properties(smoke PROPERTIES TIMEOUT 120)
