package io.github.lastcall.internal.os;

/** Which processes a signal is sent to. */
public enum Scope {
    /** The process itself. */
    LEADER(0),
    /** Its whole process group. */
    GROUP(1);

    private final int number;

    Scope(int number) {
        this.number = number;
    }

    /** The contract's LC_SCOPE_*. */
    int number() {
        return number;
    }
}
