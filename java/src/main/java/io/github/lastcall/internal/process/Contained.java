package io.github.lastcall.internal.process;

import io.github.lastcall.Containment;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.Cgroup;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.Mark;
import io.github.lastcall.internal.os.OsPort;
import java.util.Optional;

/**
 * By what the members of a process are known.
 *
 * @param how what is in effect
 * @param mark what it and its descendants have in their environment
 * @param cgroup the cgroup that was made for it
 * @param directory the handle of its directory, 0: there is none. It is the process's own once that runs
 */
public record Contained(Containment how, Optional<Mark> mark, Optional<Cgroup> cgroup, long directory) {

    /** More than there is. */
    private static final int EVENTS_LENGTH = 256;

    /** By the group alone. */
    public static final Contained GROUP = new Contained(Containment.GROUP, Optional.empty(), Optional.empty(), 0);

    /** By a mark. */
    public static Contained by(Mark mark) {
        return new Contained(Containment.MARKED, Optional.of(mark), Optional.empty(), 0);
    }

    /** By a cgroup, whose directory is open. */
    public static Contained by(Cgroup cgroup, long directory) {
        return new Contained(Containment.CGROUP, Optional.empty(), Optional.of(cgroup), directory);
    }

    /** Opens the events of the cgroup, read once so that they can be watched; -1: there are none. */
    long openEvents(OsPort os) {
        if (cgroup.isEmpty()) {
            return -1;
        }
        long events = -1;
        try {
            events = os.open(Family.bytes(cgroup.get().path() + "/cgroup.events"), OsPort.OpenMode.READ);
            os.read(events, new byte[EVENTS_LENGTH], 0, EVENTS_LENGTH);
        } catch (OsException blind) {
            // The exits of the members are watched as well.
        }
        return events;
    }

    /** Takes it back: nothing was started. */
    public void discard(OsPort os) {
        if (directory != 0) {
            os.close(directory);
        }
        remove();
    }

    /** Nobody is there any more. */
    void remove() {
        if (cgroup.isPresent()) {
            cgroup.get().remove();
        }
    }
}
