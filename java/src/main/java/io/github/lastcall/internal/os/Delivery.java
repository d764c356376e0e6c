package io.github.lastcall.internal.os;

/** What became of an event. */
public enum Delivery {

    /** It was sent. */
    SENT,

    /** Nobody was there any more. */
    NOBODY,

    /** There is no console that it could go through, or no group that it could be for. Nothing was sent. */
    IMPOSSIBLE
}
