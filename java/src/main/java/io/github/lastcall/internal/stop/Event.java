package io.github.lastcall.internal.stop;

/** What can happen to a stop. */
public enum Event {

    /** A look: somebody is there who can be signalled. */
    RUNNING,

    /** A look: the leader has exited, and its group lives on or is not known yet. */
    LEADER_EXIT,

    /** A look failed. */
    UNREADABLE,

    /** The signal was sent. */
    SENT,

    /** Another thread is going to send it, and will say what became of it. */
    HANDED_OVER,

    /** The signal was refused, or reached nobody. */
    REFUSED,

    /** The signal cannot be sent to this process at all, in any time. */
    SKIPPED,

    /** The time of the state is up, or another caller wants the forceful signal now. */
    DEADLINE,

    /** All is gone. */
    GONE
}
