package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a termination that succeeded did, and how the process ended. Immutable. Two reports are equal if everything in
 * them is equal; the errors in the attempts are exceptions and equal only to themselves.
 *
 * @see ManagedProcess#terminate(GracefulShutdown)
 */
public final class TerminationReport {

    private final String processName;
    private final long pid;
    private final ExitStatus exitStatus;
    private final boolean forced;
    private final Optional<String> endedBy;
    private final Duration elapsed;
    private final List<TerminationAttempt> attempts;
    private final List<Survivor> stragglers;
    private final List<Survivor> escaped;

    TerminationReport(String processName, long pid, ExitStatus exitStatus, boolean forced, Optional<String> endedBy,
            Duration elapsed, List<TerminationAttempt> attempts, List<Survivor> stragglers, List<Survivor> escaped) {
        this.processName = processName;
        this.pid = pid;
        this.exitStatus = exitStatus;
        this.forced = forced;
        this.endedBy = endedBy;
        this.elapsed = elapsed;
        this.attempts = List.copyOf(attempts);
        this.stragglers = List.copyOf(stragglers);
        this.escaped = List.copyOf(escaped);
    }

    /**
     * Returns the name that the process was given.
     *
     * @return the name
     */
    public String processName() {
        return processName;
    }

    /**
     * Returns the pid that the process had. The OS may have given it to another process since.
     *
     * @return the pid
     */
    public long pid() {
        return pid;
    }

    /**
     * Returns how the process ended.
     *
     * @return the exit status
     */
    public ExitStatus exitStatus() {
        return exitStatus;
    }

    /**
     * Returns whether the graceful phases were not enough: the process, or under {@link KillMode#GROUP} a member of its
     * group that outlived it, had to be killed.
     *
     * @return true if the forceful kill ended it
     */
    public boolean forced() {
        return forced;
    }

    /**
     * Returns the last signal or step before the process ended.
     *
     * @return the name of the last signal that reached it, such as {@code SIGTERM}, or of a step after that: {@code
     *         closeInput}, {@code run:} and the program, {@code call:} and the name; empty if nothing was sent and no
     *         step was done, because it had already exited, or exited by itself
     */
    public Optional<String> endedBy() {
        return endedBy;
    }

    /**
     * Returns how long the termination took.
     *
     * @return the time from its beginning until the end of the process was seen
     */
    public Duration elapsed() {
        return elapsed;
    }

    /**
     * Returns every step, failed ones included, in order.
     *
     * @return the attempts, unmodifiable; empty if the process had already exited
     */
    public List<TerminationAttempt> attempts() {
        return attempts;
    }

    /**
     * Returns the members of the process group that were running when the group was first looked at after the exit of
     * its leader.
     *
     * @return the stragglers as they were seen, unmodifiable
     */
    public List<Survivor> stragglers() {
        return stragglers;
    }

    /**
     * Returns the known processes that had left the process group, by setsid(2) for example.
     *
     * <p>Under {@link Containment#GROUP} they <em>still run</em>: they are those of the leader's own children, of at
     * most four of its threads, that were in another group when the first signal was sent; sixteen at most.
     * Grandchildren and what a double fork has made an orphan are not known, and of more than 64 processes that are
     * stopped at once none is looked for. Only Linux with pidfds (5.4) names any.
     *
     * <p>Under {@link Containment#MARKED} and {@link Containment#CGROUP} they were <em>stopped as well</em>, as every
     * member is; of a cgroup sixteen at each signal are named.
     *
     * @return the processes as they were seen, unmodifiable
     */
    public List<Survivor> escaped() {
        return escaped;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TerminationReport that && processName.equals(that.processName) && pid == that.pid
                && exitStatus.equals(that.exitStatus) && forced == that.forced && endedBy.equals(that.endedBy)
                && elapsed.equals(that.elapsed) && attempts.equals(that.attempts) && stragglers.equals(that.stragglers)
                && escaped.equals(that.escaped);
    }

    @Override
    public int hashCode() {
        return Objects.hash(processName, pid, exitStatus, forced, endedBy, elapsed, attempts, stragglers,
                escaped);
    }

    /**
     * Returns the report in one line.
     *
     * @return for example {@code redis (pid 4711) ended by SIGTERM after 12 ms: exited with code 0}
     */
    @Override
    public String toString() {
        return processName + " (pid " + pid + ") " + end() + ": " + exitStatus
                + list("; outlived by ", stragglers) + list("; had left the group: ", escaped);
    }

    /**
     * Returns the report as JSON (RFC 8259), in one line whatever the names and texts in it hold:
     *
     * {@snippet lang=json :
     * {"processName":"redis","pid":4711,"exitStatus":{"kind":"exited","code":0},"forced":false,"endedBy":"SIGTERM",
     *  "elapsedNanos":12000000,"attempts":[...],"stragglers":[{"pid":4712,"command":"node","state":"S"}],
     *  "escaped":[]}
     * }
     *
     * <p>The names of the fields and the kinds are stable: later versions may add some. Every field is always there;
     * values that do not exist are {@code null}. Times are whole nanoseconds.
     *
     * <ul>
     *   <li>{@code exitStatus} has a {@code kind}: {@code exited}, with {@code code}; {@code signaled}, with {@code
     *       signal} (the OS's number), {@code name} ({@code null}: it has none) and {@code coreDumped}; or {@code
     *       unknown}, with {@code reason}.
     *   <li>{@code endedBy} is {@code null} if nothing was sent and no step done; see {@link #endedBy()}.
     *   <li>{@code attempts}, in order, have {@code action}, {@code afterNanos} (since the termination began), {@code
     *       tookNanos}, {@code error} and {@code notes} (texts).
     *   <li>{@code action} has a {@code kind}: {@code checkStatus}; {@code sendSignal}, with {@code signal} (its name);
     *       {@code waitForExit}, with {@code limitNanos} ({@code null}: for ever); {@code closeInput}; {@code
     *       runCommand}, with {@code program}; {@code call}, with {@code name}; {@code skipped}, with {@code reason};
     *       or {@code other}, with {@code text}.
     *   <li>{@code error} is {@code null} or has a {@code message}, and of an {@link OsException} also {@code code},
     *       {@code symbol}, {@code call} and {@code text}, which are {@code null} of another.
     *   <li>{@code stragglers} and {@code escaped} have {@code pid}, {@code command} and {@code state}.
     * </ul>
     *
     * @return the report in one line
     */
    public String toJson() {
        return ReportJson.of(this);
    }

    private String end() {
        String after = " after " + Durations.text(elapsed);
        if (forced) {
            return "killed" + after;
        }
        if (endedBy.isPresent()) {
            return "ended by " + endedBy.get() + after;
        }
        return attempts.isEmpty() ? "had already exited" : "exited by itself" + after;
    }

    private static String list(String what, List<Survivor> processes) {
        String names = processes.stream().map(Survivor::toString).collect(Collectors.joining(", "));
        return names.isEmpty() ? "" : what + names;
    }
}
