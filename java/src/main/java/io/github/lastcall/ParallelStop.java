package io.github.lastcall;

import io.github.lastcall.internal.exit.StopThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** The stops of several processes at the same time, each on a {@link StopThread}. Used by one thread. */
final class ParallelStop {

    private final List<StopThread<TerminationReport>> stops;
    private final CompletableFuture<Void> all;

    /** How one process is stopped, on a thread of its own. */
    @FunctionalInterface
    interface Stop {
        TerminationReport of(ManagedProcess process) throws TerminationException, InterruptedException;
    }

    private ParallelStop(List<StopThread<TerminationReport>> stops) {
        this.stops = stops;
        this.all = CompletableFuture.allOf(stops.stream().map(StopThread::result).toArray(CompletableFuture[]::new));
    }

    /** Begins to stop them. */
    static ParallelStop begin(List<ManagedProcess> processes, Stop stop) {
        return new ParallelStop(processes.stream()
                .map(process -> StopThread.start(process.stopThreadName(), () -> stop.of(process)))
                .toList());
    }

    /**
     * Waits until all have ended, one way or the other. If this thread is interrupted, so are they, and have ended by
     * the time that this is told.
     */
    void await() throws InterruptedException {
        try {
            all.get();
        } catch (InterruptedException e) {
            stops.forEach(StopThread::interrupt);
            join();
            throw e;
        } catch (ExecutionException e) {
            // reports() tells which.
        }
    }

    private void join() {
        try {
            all.join();
        } catch (CompletionException e) {
            // As in await().
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
        for (StopThread<TerminationReport> stop : stops) {
            try {
                reports.add(stop.result().join());
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
