package io.github.lastcall.internal.os;

/**
 * A started process, in numbers.
 *
 * @param pid its pid
 * @param group the number of the process group that it leads, 0 if it leads none
 * @param handle its pidfd (a HANDLE on Windows), -1 if there is none
 */
public record NativeProcess(long pid, long group, long handle) {}
