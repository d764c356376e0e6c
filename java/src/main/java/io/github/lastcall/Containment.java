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
 * How the members of a started process are recognised: the processes that get its signals, and that must be gone before
 * it counts as gone. Phases, waits, kills, survivors and stragglers include every member, and {@link
 * TerminationReport#escaped()} names the members that had left the process group.
 *
 * <p>What a stop does with a process that has left the group, in the tests of this library on Linux 6.18. It depends
 * on how the process has left:
 *
 * <table> <caption>stopped with the others, still running and named by the report, or not known</caption> <tr><th
 * scope="col">way to leave<th scope="col">GROUP<th scope="col">MARKED<th scope="col">CGROUP <tr><th scope="row">nohup
 * (it does not leave)<td>stopped<td>stopped<td>stopped <tr><th scope="row">setsid<td>named<td>stopped<td>stopped
 * <tr><th scope="row">double fork and setsid<td>not known<td>stopped<td>stopped <tr><th scope="row">env -i
 * setsid<td>named<td>stopped<td>stopped <tr><th scope="row">double fork and env -i setsid<td>not known<td>not
 * known<td>stopped <tr><th scope="row">double fork, title written over<td>not known<td>not known<td>stopped <tr><th
 * scope="row">pid 1 of a pid namespace (unshare -pf)<td>not known<td>stopped<td>stopped </table>
 *
 * <p>{@link KillMode} sets which members get a signal. {@link KillMode#LEADER} has no members and can only be used with
 * {@link #GROUP}.
 *
 * @see ManagedProcess.Builder#containment(Containment)
 */
public enum Containment {

    /** The process group; on Windows the job, which no process can leave. The default. */
    GROUP,

    /**
     * An environment variable with a random name, on Linux. A scan of all processes finds every process that has it,
     * also after {@code setsid} or a double fork. A process that was found stays a member, and so do its children and
     * the processes of its group. A signal goes to the process group at once, and to the other members when they are
     * found: a scan of ten thousand processes takes about 0.1 s, on a thread of the library, and two scans in a row
     * must find no member before all count as gone. A process is not found if it has cleared or overwritten its
     * environment before (a program that sets its title does so) and is not a child of a member. Processes that may not
     * be read, for example of another user, and were started later are named by {@link TerminationReport#escaped()}
     * with the state {@code ?}. A fork bomb of a thousand processes or more may fork faster than a scan finds them:
     * then the stop fails, but with {@link #CGROUP} it does not.
     */
    MARKED,

    /**
     * A cgroup of its own, on Linux. The process starts in it, below the cgroup (v2) of this JVM, and all are gone when
     * no process is in it or below it. Signals go to each of its processes; SIGKILL goes through cgroup.kill. If its
     * processes fork faster than they can be signalled, it is frozen for up to 100 ms. The directory is removed
     * afterwards; if the JVM has ended before, its guardian removes it, else the next JVM. It is not a security
     * boundary: a process that may write to another cgroup can move itself there.
     */
    CGROUP,

    /** The strictest that this host supports: {@link #CGROUP}, else {@link #MARKED}, else {@link #GROUP}. */
    STRICTEST;

    /**
     * Returns what this host supports. Starts no process. It may take some milliseconds, and holds the carrier of a
     * virtual thread during that time. Each call looks again.
     *
     * @return the available containments
     * @throws UnsatisfiedLinkError the native library cannot be used; the message says what to do
     */
    public static Availability available() {
        return new Availability(Containing.refusals());
    }

    /** What a host supports, and why it does not support the rest. Immutable. */
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
