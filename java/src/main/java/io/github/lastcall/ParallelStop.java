package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.exit.StopThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The stops of several processes at the same time, each on a {@link StopThread}. Used by one thread.
 *
 * <p>A virtual thread may not get to run: the system gives the JVM no thread more, as its children have used up what
 * there is, or others hold all carriers. The children must be stopped even so. For whom no thread can be started this
 * thread does it, one after the other; and whose stop has not ended when it should have is killed by this thread.
 */
final class ParallelStop {

    /** How late the last may be. Thousands take seconds to be signalled. */
    private static final long LATE_NANOS = 5_000_000_000L;

    private static final long LATE_NANOS_EACH = 5_000_000;

    private final List<Member> members;
    private final List<Member> notStarted = new ArrayList<>();
    private final Duration bound;
    private final CompletableFuture<Void> all;

    private record Member(ManagedProcess process, StopThread<TerminationReport> stop) {}

    /** How one process is stopped, on a thread of its own. */
    @FunctionalInterface
    interface Stop {
        TerminationReport of(ManagedProcess process) throws TerminationException, InterruptedException;
    }

    private ParallelStop(List<Member> members, Duration bound) {
        this.members = members;
        this.bound = bound;
        this.all = CompletableFuture.allOf(
                members.stream().map(member -> member.stop().result()).toArray(CompletableFuture[]::new));
    }

    /**
     * Begins to stop them.
     *
     * @param bound how long the stop of one takes at the most
     */
    static ParallelStop begin(List<ManagedProcess> processes, Duration bound, Stop stop) {
        List<Member> members = processes.stream()
                .map(process -> new Member(process, process.stopBeside(() -> stop.of(process))))
                .toList();
        ParallelStop begun = new ParallelStop(members, bound);
        members.forEach(begun::start);
        return begun;
    }

    private void start(Member member) {
        try {
            member.stop().start();
        } catch (OutOfMemoryError | LinkageError noThread) {
            notStarted.add(member);
        }
    }

    /**
     * Waits until all have ended, one way or the other. If this thread is interrupted, so are they, and have ended by
     * the time that this is told, unless they have no thread to end on.
     *
     * @param killInterrupted whether those are killed as well that have not ended though they were interrupted
     */
    void await(boolean killInterrupted) throws InterruptedException {
        try {
            notStarted.forEach(member -> member.stop().run());
            awaitAll(bound);
            members.forEach(ParallelStop::killIfStuck);
        } catch (InterruptedException e) {
            members.forEach(member -> member.stop().interrupt());
            awaitAllThroughInterrupts();
            if (killInterrupted) {
                members.forEach(ParallelStop::killIfStuck);
            }
            throw e;
        }
    }

    private void awaitAll(Duration bound) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        try {
            long limit = Durations.nanos(bound.plusNanos(LATE_NANOS + members.size() * LATE_NANOS_EACH));
            all.get(limit, TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // Each member has its own result, or none.
        }
    }

    private void awaitAllThroughInterrupts() {
        while (true) {
            try {
                awaitAll(Stops.KILL_BOUND);
                return;
            } catch (InterruptedException e) {
                // They have been interrupted already.
            }
        }
    }

    /** One that does not go on, or that an error has ended because the JVM got no thread to wake it with. */
    private static void killIfStuck(Member member) {
        CompletableFuture<TerminationReport> result = member.stop().result();
        boolean failed = result.isCompletedExceptionally() && !result.isCancelled()
                && result.exceptionNow() instanceof OutOfMemoryError;
        if (result.isDone() && !failed) {
            return;
        }
        try {
            result.obtrudeValue(member.process().killBesideStuckStop());
        } catch (TerminationFailedException | OutOfMemoryError e) {
            result.obtrudeException(e);
        }
    }

    /**
     * Returns the reports of stops that have ended, in the order of their processes.
     *
     * @throws ProcessScopeException some have failed
     */
    List<TerminationReport> reports() throws ProcessScopeException {
        List<TerminationReport> reports = new ArrayList<>();
        List<TerminationException> failures = new ArrayList<>();
        for (Member member : members) {
            try {
                reports.add(member.stop().result().join());
            } catch (CompletionException e) {
                failures.add(failure(e.getCause()));
            }
        }
        if (!failures.isEmpty()) {
            throw new ProcessScopeException(reports, failures);
        }
        return List.copyOf(reports);
    }

    private static TerminationException failure(Throwable failure) {
        return switch (failure) {
            case TerminationException expected -> expected;
            case Error error -> throw error;
            case RuntimeException bug -> throw bug;
            default -> throw new AssertionError("a stop throws nothing else", failure);
        };
    }
}
