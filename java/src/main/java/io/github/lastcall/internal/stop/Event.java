package io.github.lastcall.internal.stop;

/** What can happen to a stop. */
public enum Event {

    /** A look: somebody is there who can be signalled. */
    RUNNING,

    /** A look: the leader has exited, and its group lives on or is not known yet. */
    LEADER_EXIT,

    /** A look failed. */
    UNREADABLE,

    /** The signal was sent, or another action done. */
    SENT,

    /** Another thread is going to do it, and will say what became of it. */
    HANDED_OVER,

    /** The signal was refused, or reached nobody; another action has failed. */
    REFUSED,

    /** It cannot be done to this process at all, in any time. */
    SKIPPED,

    /** The time of the state is up, or another caller wants the forceful signal now. */
    DEADLINE,

    /** All is gone. */
    GONE
}
