# Shared by the toolchain files of all targets: Zig's compiler. requirements.txt has its version, all-platforms.cmake
# installs it, and the environment has its path. It builds the same library on every host.
if("$ENV{LASTCALL_ZIG}" STREQUAL "")
    message(FATAL_ERROR "Name the program zig of requirements.txt in the environment variable LASTCALL_ZIG.")
endif()
file(TO_CMAKE_PATH "$ENV{LASTCALL_ZIG}" zig)
set(CMAKE_C_COMPILER "${zig}" cc)
set(CMAKE_C_COMPILER_TARGET "${LASTCALL_ZIG_TARGET}")

# Without CMake's test of the compiler: for its program this compiler would first build the libc of the target.
set(CMAKE_C_COMPILER_WORKS ON)
set(CMAKE_C_ABI_COMPILED ON)

# This compiler adds UBSan to builds without optimisation; that would need a run-time library.
set(CMAKE_C_FLAGS_INIT "-fno-sanitize=undefined")
# Stripped by the linker: the host's strip supports only one of the three formats, and would break a macOS signature.
# Without stripping, a Windows program has the name of a debug file, which differs in each build.
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-s")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-s")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
