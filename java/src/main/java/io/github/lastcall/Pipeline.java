package io.github.lastcall;

import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.OsPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A pipeline while it is being started. It has the pipes between the processes as long as a process needs them to be
 * started; closed, it has none. Used by one thread.
 */
final class Pipeline implements AutoCloseable {

    private final int size;
    private final List<ManagedProcess> started = new ArrayList<>();

    /** What the next process reads; empty: it is the first, or the last was started. */
    private Optional<Long> input = Optional.empty();

    /** One start between two handles. */
    @FunctionalInterface
    interface Start {
        /** Starts it. */
        ManagedProcess between(Optional<Long> from, Optional<Long> to) throws SpawnException;
    }

    Pipeline(int size) {
        this.size = size;
    }

    /** Starts the next one. When that fails nothing is left of those before it. */
    void add(Start start) throws SpawnException {
        try {
            started.add(started.size() < size - 1 ? startBeforeNext(start) : start.between(input, Optional.empty()));
        } catch (Throwable failure) {
            started.forEach(process -> process.killAfter(failure));
            started.forEach(process -> process.child().closeStreams());
            throw failure;
        }
    }

    private ManagedProcess startBeforeNext(Start start) throws SpawnException {
        OsPort os = NativeOs.instance();
        long[] pipe = openPipe(os);
        boolean done = false;
        try {
            ManagedProcess process = start.between(input, Optional.of(pipe[1]));
            close();
            input = Optional.of(pipe[0]);
            done = true;
            return process;
        } finally {
            os.close(pipe[1]);
            if (!done) {
                os.close(pipe[0]);
            }
        }
    }

    private static long[] openPipe(OsPort os) throws SpawnException {
        try {
            return os.openPipe();
        } catch (OsException e) {
            throw new SpawnException(
                    "Cannot start a pipeline: no pipe: " + e.getMessage(), SpawnStage.RESOURCES, Optional.of(e));
        }
    }

    List<ManagedProcess> started() {
        return List.copyOf(started);
    }

    @Override
    public void close() {
        if (input.isPresent()) {
            NativeOs.instance().close(input.get());
            input = Optional.empty();
        }
    }
}
