# cmake -DWORK=<folder> -DSTAGE=<folder> -P all-platforms.cmake
# Builds the library for every platform with the compiler of requirements.txt, which it installs below WORK, and copies
# them to STAGE, the resources of the jar. Then it checks each of them against the contract.
cmake_minimum_required(VERSION 3.25)

set(platforms linux-x86_64 linux-aarch64 macos-x86_64 macos-aarch64 windows-x86_64 windows-aarch64)

get_filename_component(source "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
find_program(python NAMES python3 python REQUIRED)

function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Only if the pinned version has changed. The package has a program and almost no Python, so a folder is enough.
function(install_compiler)
    set(pin "${CMAKE_CURRENT_LIST_DIR}/requirements.txt")
    file(SHA256 "${pin}" wanted)
    if(EXISTS "${WORK}/compiler/${wanted}")
        return()
    endif()
    file(REMOVE_RECURSE "${WORK}/compiler")
    run("${python}" -m pip install --quiet --disable-pip-version-check --target "${WORK}/compiler"
        --no-deps --only-binary :all: --require-hashes --requirement "${pin}")
    file(TOUCH "${WORK}/compiler/${wanted}")
endfunction()

install_compiler()
set(ENV{LASTCALL_ZIG} "${WORK}/compiler/ziglang/zig")
# In the build folder, not in the user's home.
set(ENV{ZIG_GLOBAL_CACHE_DIR} "${WORK}/cache")
set(ENV{ZIG_LOCAL_CACHE_DIR} "${WORK}/cache")

foreach(platform IN LISTS platforms)
    message(STATUS "The library for ${platform}")
    run("${CMAKE_COMMAND}" -S "${source}" -B "${WORK}/${platform}" -DBUILD_TESTING=OFF -DCMAKE_BUILD_TYPE=Release
        "-DCMAKE_TOOLCHAIN_FILE=${CMAKE_CURRENT_LIST_DIR}/${platform}.cmake")
    run("${CMAKE_COMMAND}" --build "${WORK}/${platform}" --target lastcall)
    run("${CMAKE_COMMAND}" --install "${WORK}/${platform}" --prefix "${STAGE}" --component jar)
endforeach()

run("${python}" "${CMAKE_CURRENT_LIST_DIR}/check.py" "${source}/native/include/lastcall.h"
    "${STAGE}/io/github/lastcall/native" ${platforms})
