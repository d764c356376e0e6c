package io.github.lastcall;

import io.github.lastcall.internal.spawn.Launch;
import io.github.lastcall.internal.stdio.Collector;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What a builder was given for the three streams, beyond their redirects. Used by one thread. */
final class Output {

    /** What {@link ManagedProcess#run} keeps of each stream by default: 16 MiB. */
    private static final OutputLimit USUAL = OutputLimit.first(16 << 20);

    private Optional<byte[]> input = Optional.empty();
    private Optional<OutputLimit> capture = Optional.empty();
    private final List<Collector.Target> output = new ArrayList<>();
    private final List<Collector.Target> error = new ArrayList<>();

    void input(byte[] data) {
        input = Optional.of(data);
    }

    void capture(OutputLimit limit) {
        capture = Optional.of(limit);
    }

    void add(StandardStream stream, Collector.Target target) {
        (Objects.requireNonNull(stream, "stream") == StandardStream.STDOUT ? output : error).add(target);
    }

    /**
     * Returns what a start is to do with the pipes.
     *
     * @throws IllegalArgumentException one that is to be fed or collected is no pipe
     */
    Launch.Streams streams(ProcessBuilder command) {
        requirePipes(command);
        boolean merged = command.redirectErrorStream();
        return streams(wanted(capture, output), merged ? Optional.empty() : wanted(capture, error));
    }

    private Launch.Streams streams(Optional<Collector.Wanted> output, Optional<Collector.Wanted> error) {
        return new Launch.Streams(input, output, error, Optional.empty(), Optional.empty());
    }

    /** As {@link #streams}, and keeps something of every stream that is a pipe. */
    Launch.Streams streamsToRun(ProcessBuilder command) {
        requirePipes(command);
        Optional<OutputLimit> kept = Optional.of(capture.orElse(USUAL));
        return streams(wanted(kept, output), wanted(kept, error));
    }

    private Optional<Collector.Wanted> wanted(Optional<OutputLimit> kept, List<Collector.Target> receivers) {
        if (kept.isEmpty() && receivers.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Collector.Wanted(kept, capture.isPresent(), receivers));
    }

    /**
     * Checks what only the ends of a pipeline can have.
     *
     * @throws IllegalArgumentException there is something else between it and its neighbour
     */
    void requireNeighbours(ProcessBuilder command, boolean first, boolean last) {
        if (!first && (command.redirectInput().type() != Redirect.Type.PIPE || input.isPresent())) {
            throw new IllegalArgumentException("Only the first process of a pipeline can have an input of its own");
        }
        if (!last && command.redirectOutput().type() != Redirect.Type.PIPE) {
            throw new IllegalArgumentException("Only the last process of a pipeline can have an output of its own");
        }
        if (!last && (capture.isPresent() || !output.isEmpty())) {
            throw new IllegalArgumentException("Only the last process of a pipeline can capture or forward STDOUT");
        }
    }

    private void requirePipes(ProcessBuilder command) {
        if (input.isPresent()) {
            requirePipe("input", "standard input", command.redirectInput());
        }
        boolean merged = command.redirectErrorStream();
        if (capture.isPresent()) {
            requirePipe("capture", "STDOUT", command.redirectOutput());
            requirePipe("capture", "STDERR", merged ? Redirect.PIPE : command.redirectError());
        }
        if (!output.isEmpty()) {
            requirePipe("onLine or forwardTo", "STDOUT", command.redirectOutput());
        }
        if (!error.isEmpty() && merged) {
            throw new IllegalArgumentException("STDERR is not a pipe of its own: it goes where STDOUT goes");
        }
        if (!error.isEmpty()) {
            requirePipe("onLine or forwardTo", "STDERR", command.redirectError());
        }
    }

    private static void requirePipe(String what, String stream, Redirect redirect) {
        if (redirect.type() != Redirect.Type.PIPE) {
            throw new IllegalArgumentException(what + " needs a pipe, and " + stream + " is redirected: " + redirect);
        }
    }
}
