package io.github.lastcall;

import io.github.lastcall.testing.Programs;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** On which kind of thread a test makes a call that blocks. */
enum ThreadKind {
    PLATFORM(Thread.ofPlatform().daemon()),
    VIRTUAL(Thread.ofVirtual());

    private static final String WAITERS = "io\\.github\\.lastcall\\.internal\\.wait\\.(Native|Parked)Waiter";

    private final Thread.Builder builder;

    ThreadKind(Thread.Builder builder) {
        this.builder = builder;
    }

    /** Something to do with a process. */
    @FunctionalInterface
    interface Call {
        void on(ManagedProcess process) throws Exception;
    }

    /** A call that runs on a thread of its own. */
    static final class Running<T> extends FutureTask<T> {
        private final Thread thread;

        private Running(Thread.Builder builder, Callable<T> call) {
            super(call);
            thread = builder.unstarted(this);
        }

        /** Waits until the thread waits in the library for a process or a pipe. */
        Running<T> awaitBlocked() {
            Programs.await(thread + " is blocked", () -> Arrays.stream(thread.getStackTrace())
                    .anyMatch(frame -> frame.getClassName().matches(WAITERS)
                            && frame.getMethodName().equals("await")));
            return this;
        }

        /** Whether the thread waits for anything. */
        boolean isWaiting() {
            return EnumSet.of(Thread.State.WAITING, Thread.State.TIMED_WAITING).contains(thread.getState());
        }

        void interrupt() {
            thread.interrupt();
        }

        /** Waits for the result and for the end of the thread, with the usual limit. */
        T result() throws Exception {
            try {
                return get(60, TimeUnit.SECONDS);
            } finally {
                thread.join(1000);
            }
        }
    }

    /** Begins the call on a new thread. */
    <T> Running<T> begin(Callable<T> call) {
        Running<T> running = new Running<>(builder, call);
        running.thread.start();
        return running;
    }
}
