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

    private final Start start;

    /** How one is started between two handles, which stay the pipeline's. */
    @FunctionalInterface
    interface Start {
        /** Starts it. */
        ManagedProcess between(ManagedProcess.Builder builder, Optional<Long> from, Optional<Long> to)
                throws SpawnException;
    }

    private Pipeline(int size, Start start) {
        this.size = size;
        this.start = start;
    }

    /** Starts all of them, as {@link ManagedProcess#startPipeline} says. */
    static List<ManagedProcess> start(List<ManagedProcess.Builder> builders, Start start) throws SpawnException {
        List<ManagedProcess.Builder> all = List.copyOf(builders);
        for (int i = 0; i < all.size(); i++) {
            all.get(i).requireNeighbours(i == 0, i == all.size() - 1);
        }
        try (Pipeline pipeline = new Pipeline(all.size(), start)) {
            for (ManagedProcess.Builder builder : all) {
                pipeline.add(builder);
            }
            return List.copyOf(pipeline.started);
        }
    }

    /** Starts the next one. When that fails nothing is left of those before it. */
    private void add(ManagedProcess.Builder builder) throws SpawnException {
        try {
            started.add(started.size() < size - 1
                    ? startBeforeNext(builder)
                    : start.between(builder, input, Optional.empty()));
        } catch (Throwable failure) {
            started.forEach(process -> process.killAfter(failure));
            started.forEach(process -> process.child().closeStreams());
            throw failure;
        }
    }

    private ManagedProcess startBeforeNext(ManagedProcess.Builder builder) throws SpawnException {
        OsPort os = NativeOs.instance();
        long[] pipe = openPipe(os);
        boolean done = false;
        try {
            ManagedProcess process = start.between(builder, input, Optional.of(pipe[1]));
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

    @Override
    public void close() {
        if (input.isPresent()) {
            NativeOs.instance().close(input.get());
            input = Optional.empty();
        }
    }
}
