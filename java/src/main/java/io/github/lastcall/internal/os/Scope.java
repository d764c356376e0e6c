package io.github.lastcall.internal.os;

import io.github.lastcall.internal.os.generated.LastcallNative;

/** Which processes a signal is sent to. */
public enum Scope {
    /** The process itself. */
    LEADER(LastcallNative.LC_SCOPE_LEADER),
    /** Its whole process group. */
    GROUP(LastcallNative.LC_SCOPE_GROUP);

    private final int number;

    Scope(int number) {
        this.number = number;
    }

    /** The contract's LC_SCOPE_*. */
    int number() {
        return number;
    }
}
