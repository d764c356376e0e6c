package io.github.lastcall;

import io.github.lastcall.internal.spawn.Containing;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * How the members of a started process are known: which processes get its signals beside itself, and which must be gone
 * before it counts as gone. Every contained process is a member: phases, waits, kills, survivors and stragglers are
 * about it too, and {@link TerminationReport#escaped()} names those that had left the process group.
 *
 * <p>What became of a process that had left the group, by how it did, in the tests of this library on Linux 6.18:
 *
 * <table>
 * <caption>stopped with the others, named by the report while it runs on, or not known</caption>
 * <tr><th scope="col">way to leave<th scope="col">GROUP<th scope="col">MARKED<th scope="col">CGROUP
 * <tr><th scope="row">nohup (it does not leave)<td>stopped<td>stopped<td>stopped
 * <tr><th scope="row">setsid<td>named<td>stopped<td>stopped
 * <tr><th scope="row">double fork and setsid<td>not known<td>stopped<td>stopped
 * <tr><th scope="row">env -i setsid<td>named<td>stopped<td>stopped
 * <tr><th scope="row">double fork and env -i setsid<td>not known<td>not known<td>stopped
 * <tr><th scope="row">double fork, title written over<td>not known<td>not known<td>stopped
 * <tr><th scope="row">pid 1 of a pid namespace (unshare -pf)<td>not known<td>stopped<td>stopped
 * </table>
 *
 * <p>{@link KillMode} says which members a signal is for. {@link KillMode#LEADER} knows no members, and goes with
 * {@link #GROUP} alone.
 *
 * @see ManagedProcess.Builder#containment(Containment)
 */
public enum Containment {

    /** The process group; on Windows the job, which nobody can leave. The default. */
    GROUP,

    /**
     * An environment variable of a random name, on Linux: whoever has it is found by a look through all processes,
     * wherever {@code setsid} or a double fork took it, and stays a member from then on, as do its children and the
     * processes of its group. A signal goes to the process group at once, and to the others as they are found: of ten
     * thousand processes a look takes about a tenth of a second, on a thread of the library, and gone needs two in a
     * row that find nobody. Out of reach is who has cleared its environment or written over it (as a program does that
     * sets its title) before it was found, and is no child of a member. Processes that may not be read, of another user
     * for example, and were started later are named by {@link TerminationReport#escaped()} with the state {@code ?}. A
     * fork bomb of thousands forks faster than it can be looked for: the stop fails then, and {@link #CGROUP} does not.
     */
    MARKED,

    /**
     * A cgroup of its own, on Linux: the process is born into it, below the cgroup (v2) of this JVM, and gone means
     * that nobody is in it or below it. Signals go to each of its processes; SIGKILL is the cgroup's own. Where its
     * processes fork faster than they can be signalled it is frozen for up to 100 ms. The directory is removed
     * afterwards; that of a JVM which ended before that, by the next one. It is no security boundary: a process that
     * may write to another cgroup can move itself there.
     */
    CGROUP,

    /** The strictest that this host can give: {@link #CGROUP}, else {@link #MARKED}, else {@link #GROUP}. */
    STRICTEST;

    /**
     * Returns what this host can do. Starts no process; it may take some milliseconds, and holds the carrier of a
     * virtual thread meanwhile. It is looked at anew each time.
     *
     * @return what can be asked for
     * @throws UnsatisfiedLinkError the native library cannot be used; the message says what to do
     */
    public static Availability available() {
        return new Availability(Containing.refusals());
    }

    /** What a host can do, and why not the rest. Immutable. */
    public static final class Availability {

        private final Map<Containment, String> refusals;

        Availability(Map<Containment, String> refusals) {
            this.refusals = Map.copyOf(refusals);
        }

        /**
         * Returns what a start can ask for.
         *
         * @return {@link Containment#GROUP}, {@link Containment#STRICTEST}, and what else there is; unmodifiable
         */
        public Set<Containment> available() {
            Set<Containment> available = EnumSet.allOf(Containment.class);
            available.removeAll(refusals.keySet());
            return Collections.unmodifiableSet(available);
        }

        /**
         * Returns what {@link Containment#STRICTEST} would be.
         *
         * @return one of the others
         */
        public Containment strictest() {
            return !refusals.containsKey(CGROUP) ? CGROUP : !refusals.containsKey(MARKED) ? MARKED : GROUP;
        }

        /**
         * Returns why a start cannot have this one.
         *
         * @param containment which
         * @return the reason; empty: it can
         * @throws NullPointerException if it is null
         */
        public Optional<String> reason(Containment containment) {
            return Optional.ofNullable(refusals.get(Objects.requireNonNull(containment, "containment")));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Availability that && refusals.equals(that.refusals);
        }

        @Override
        public int hashCode() {
            return refusals.hashCode();
        }

        /**
         * Returns all of it in words.
         *
         * @return for example {@code GROUP, MARKED, STRICTEST; not CGROUP: this host has no cgroup v2}
         */
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(String.join(", ", available().stream().map(Enum::name).toList()));
            new TreeMap<>(refusals).forEach((containment, why) ->
                    text.append("; not ").append(containment).append(": ").append(why));
            return text.toString();
        }
    }
}
