package io.github.lastcall.internal.stop;

/** Where a stop is. */
enum State {

    /** Is there anything to stop? If the first action is a signal it goes out with this look. */
    LOOK,

    /** The action of a graceful phase is due. */
    SEND,

    /** The action of a graceful phase was done, or is being done; until its timeout. */
    WAIT,

    /** The action of a graceful phase has failed, which may have raced with the exit; for 100 ms. */
    GRACE,

    /** Under MIXED: the leader has gone, and who is left is looked for; for 100 ms. */
    REST,

    /** The forceful signal is due. */
    KILL,

    /** The forceful signal was sent; until the forceful timeout. */
    KILLED,

    /** The forceful signal was refused; for 100 ms. */
    KILL_GRACE,

    /** There is an outcome. */
    OVER
}
