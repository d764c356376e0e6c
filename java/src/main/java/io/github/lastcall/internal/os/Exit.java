package io.github.lastcall.internal.os;

import io.github.lastcall.ExitStatus;

/** What a look at a process shows. */
public sealed interface Exit {

    /** It runs. */
    record Running() implements Exit {}

    /** It has exited, and this is all that will ever be known of how. */
    record Ended(ExitStatus status) implements Exit {}

    /** It has exited, and somebody else in this JVM has reaped it and taken the status. */
    record Lost() implements Exit {}

    /** It has exited, and a tracer holds the status back for now. It cannot be reaped yet. */
    record Held() implements Exit {}
}
