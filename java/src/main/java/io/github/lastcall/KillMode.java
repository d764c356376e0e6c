package io.github.lastcall;

/** Which processes are stopped, in the words of systemd.kill(5). */
public enum KillMode {

    /**
     * The whole process group: every signal goes to all of it, and the stop ends when none of it runs any more. What
     * systemd calls control-group, for a process group.
     */
    GROUP,

    /**
     * The graceful signals go to the leader alone. When it has exited, or the phases are over, the rest of the group is
     * killed, and the stop ends when none of it runs any more. It counts as forced only if the leader was killed. On
     * Windows the event goes to the whole group nonetheless: it cannot be sent to one process.
     */
    MIXED,

    /**
     * The leader alone: it stays in the process group of this JVM, as a child of {@link ProcessBuilder} does, shares
     * its terminal and its Ctrl-C, and nobody else is signalled or waited for. What it starts may outlive the stop. On
     * Windows there is no event that could be for it alone: it is killed at once.
     */
    LEADER
}
