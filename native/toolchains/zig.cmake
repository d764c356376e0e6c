# What the toolchain files of all targets share: Zig's compiler. The environment says where it is; requirements.txt says
# which one, and all-platforms.cmake installs it. The same file makes the same library on every host.
if("$ENV{LASTCALL_ZIG}" STREQUAL "")
    message(FATAL_ERROR "Name the program zig of requirements.txt in the environment variable LASTCALL_ZIG.")
endif()
file(TO_CMAKE_PATH "$ENV{LASTCALL_ZIG}" zig)
set(CMAKE_C_COMPILER "${zig}" cc)
set(CMAKE_C_COMPILER_TARGET "${LASTCALL_ZIG_TARGET}")

# Not tried out: for a program, which the trial would link, this compiler first makes the whole libc of the target.
set(CMAKE_C_COMPILER_WORKS ON)
set(CMAKE_C_ABI_COMPILED ON)

# UBSan is this compiler's own addition, in builds that are not optimised; it would need a run-time library.
set(CMAKE_C_FLAGS_INIT "-fno-sanitize=undefined")
# Stripped by the linker: a strip of the host knows one format of the three, and would break a signature of macOS. Not
# stripped, a program for Windows names a debug file that is another one in each build.
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-s")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-s")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
