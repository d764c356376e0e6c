package io.github.lastcall.internal.os;

/** What is known about the exit of a process. */
public enum Exit {

    /** It runs. */
    RUNNING,

    /** It has exited, and a tracer holds the status. It cannot be reaped yet. */
    HELD,

    /** It has exited, and {@link NativeProcess#status()} is final. */
    ENDED
}
