package io.github.lastcall.internal.os;

/** Whom a signal is for. */
public enum Scope {
    /** The process itself. */
    LEADER,
    /** Its whole process group. */
    GROUP
}
