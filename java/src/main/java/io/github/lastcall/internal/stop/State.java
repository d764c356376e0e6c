package io.github.lastcall.internal.stop;

/** The state of a stop. */
enum State {

    /** The first look: is a process there? If the first action is a signal, it is sent with this look. */
    LOOK,

    /** The action of a graceful phase is due. */
    SEND,

    /** The action of a graceful phase was done, or another thread does it; until the timeout of the phase. */
    WAIT,

    /** The action of a graceful phase has failed, perhaps because the process has just exited; for 100 ms. */
    GRACE,

    /** Under MIXED: the leader has exited, and members are looked for; for 100 ms. */
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
