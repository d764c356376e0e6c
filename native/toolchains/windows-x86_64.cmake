set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(LASTCALL_ZIG_TARGET x86_64-windows-gnu)
# CMake's default list has libraries that this compiler would have to build first, including a C runtime.
set(CMAKE_C_STANDARD_LIBRARIES "" CACHE STRING "What every program is linked with")
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
