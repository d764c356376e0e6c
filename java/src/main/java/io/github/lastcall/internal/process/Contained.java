package io.github.lastcall.internal.process;

import io.github.lastcall.Containment;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.Cgroup;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.Mark;
import io.github.lastcall.internal.os.OsPort;
import java.util.Optional;

/**
 * How the members of a process are recognised.
 *
 * @param how the containment in effect
 * @param mark the mark in the environment of the process and its descendants
 * @param cgroup the cgroup that was made for it
 * @param directory the handle of the cgroup's directory, 0: none. After the start the process owns it
 */
public record Contained(Containment how, Optional<Mark> mark, Optional<Cgroup> cgroup, long directory) {

    /** Larger than the file cgroup.events. */
    private static final int EVENTS_LENGTH = 256;

    /** By the process group. */
    public static final Contained GROUP = new Contained(Containment.GROUP, Optional.empty(), Optional.empty(), 0);

    /** By a mark in the environment. */
    public static Contained by(Mark mark) {
        return new Contained(Containment.MARKED, Optional.of(mark), Optional.empty(), 0);
    }

    /** By a cgroup whose directory is open. */
    public static Contained by(Cgroup cgroup, long directory) {
        return new Contained(Containment.CGROUP, Optional.empty(), Optional.of(cgroup), directory);
    }

    /**
     * Opens the cgroup's file of events and reads it once, so that the next change can be watched; -1: there is none.
     */
    long openEvents(OsPort os) {
        if (cgroup.isEmpty()) {
            return -1;
        }
        long events = -1;
        try {
            events = os.open(Family.bytes(cgroup.get().path() + "/cgroup.events"), OsPort.OpenMode.READ);
            os.read(events, new byte[EVENTS_LENGTH], 0, EVENTS_LENGTH);
        } catch (OsException blind) {
            // The exits of the members are watched too.
        }
        return events;
    }

    /** Removes the cgroup after a start that failed. */
    public void discard(OsPort os) {
        if (directory != 0) {
            os.close(directory);
        }
        remove();
    }

    /** Removes the cgroup when it is empty. */
    void remove() {
        if (cgroup.isPresent()) {
            cgroup.get().remove();
        }
    }
}
