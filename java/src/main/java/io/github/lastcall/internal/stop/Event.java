package io.github.lastcall.internal.stop;

/** An event of a stop. */
public enum Event {

    /** A look has found a process that can be signalled. */
    RUNNING,

    /** A look has found that the leader has exited; the group still exists or is not known yet. */
    LEADER_EXIT,

    /** A look has failed. */
    UNREADABLE,

    /** The signal was sent, or another action was done. */
    SENT,

    /** Another thread does the action and will report the result. */
    HANDED_OVER,

    /** The signal was refused or reached no process, or another action has failed. */
    REFUSED,

    /** The action is not possible for this process. */
    SKIPPED,

    /** The time of the state is up, or another caller has made the forceful signal due. */
    DEADLINE,

    /** All processes are gone. */
    GONE
}
