package io.github.lastcall.internal.os;

/** The result of sending an event. */
public enum Delivery {

    /** It was sent. */
    SENT,

    /** No process was there. */
    NOBODY,

    /** There is no console to send it through, or no group to send it to. Nothing was sent. */
    IMPOSSIBLE
}
