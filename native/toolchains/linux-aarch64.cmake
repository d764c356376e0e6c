set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
# musl: only a name here. The library is linked with no libc, and is given the kernel's headers either way.
set(LASTCALL_ZIG_TARGET aarch64-linux-musl)
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
