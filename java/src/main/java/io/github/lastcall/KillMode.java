package io.github.lastcall;

/** Which processes are stopped, in the words of systemd.kill(5). */
public enum KillMode {

    /**
     * The whole process group: every signal goes to all of its processes, and the stop ends when none of them runs.
     * Like control-group of systemd, for a process group.
     */
    GROUP,

    /**
     * The graceful signals go only to the leader. When it has exited, or the phases are over, the rest of the group is
     * killed, and the stop ends when none of its processes runs. It counts as forced only if the leader was killed. On
     * Windows the event goes to the whole group, because it cannot be sent to one process.
     */
    MIXED,

    /**
     * Only the leader: it stays in the process group of this JVM, like a child of {@link ProcessBuilder}, shares its
     * terminal and its Ctrl-C, and no other process is signalled or waited for. Its children may outlive the stop. On
     * Windows no event can be sent to one process, so it is killed at once.
     */
    LEADER
}
