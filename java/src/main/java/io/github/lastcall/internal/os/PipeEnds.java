package io.github.lastcall.internal.os;

/**
 * The two ends of a pipe.
 *
 * @param ours our end, non-blocking
 * @param theirs the child's end, blocking
 */
public record PipeEnds(long ours, long theirs) {}
