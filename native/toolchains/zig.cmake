# What the toolchain files of all targets share: Zig's compiler. The environment says where it is; requirements.txt says
# which one, and all-platforms.cmake installs it. The same file makes the same library on every host.
if("$ENV{LASTCALL_ZIG}" STREQUAL "")
    message(FATAL_ERROR "Name the program zig of requirements.txt in the environment variable LASTCALL_ZIG.")
endif()
file(TO_CMAKE_PATH "$ENV{LASTCALL_ZIG}" zig)

# UBSan is this compiler's own addition, in builds that are not optimised; it would need a run-time library.
set(CMAKE_C_COMPILER "${zig}" cc -target ${LASTCALL_ZIG_TARGET})
set(CMAKE_C_FLAGS_INIT "-fno-sanitize=undefined")
# Stripped by the linker: a strip of the host knows one format of the three, and would break a signature of macOS.
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-s")

# The host's ar need not know these objects.
set(CMAKE_AR "${zig}")
set(CMAKE_C_ARCHIVE_CREATE "<CMAKE_AR> ar qc <TARGET> <OBJECTS>")
set(CMAKE_C_ARCHIVE_APPEND "<CMAKE_AR> ar q <TARGET> <OBJECTS>")
set(CMAKE_C_ARCHIVE_FINISH "")
# CMake's trial of the compiler would otherwise make it build a libc, to link a program that nobody runs.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
