package io.github.lastcall.internal.os;

/** What is known of the end of a process. */
public enum Exit {

    /** It runs. */
    RUNNING,

    /** It has exited, and a tracer holds the status back for now. It cannot be reaped yet. */
    HELD,

    /** It has exited, and {@link NativeProcess#status()} is all that will ever be known of how. */
    ENDED
}
