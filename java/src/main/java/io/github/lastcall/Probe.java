package io.github.lastcall;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.ListeningSockets;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.stdio.PipeInput;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** One wait for a {@link Readiness}: looks from time to time, or a line says so. Used by the thread that waits. */
final class Probe implements AutoCloseable {

    /** How long to sleep between looks: 10 ms, doubling to 100 ms. */
    private static final long FIRST_NAP = 10_000_000;

    private static final long LONGEST_NAP = 100_000_000;

    /** How long a connection to this machine may take. Beyond it the queue of the socket is full. */
    private static final int CONNECT_MILLIS = 100;

    private final Child child;
    private final Supplier<String> lastLines;
    private final BooleanSupplier look;
    private final boolean looksAgain;
    private Runnable end = () -> {};
    private long nap = FIRST_NAP;

    /** Why it is not known which process listens on the port. A thread of the pool may have looked for this thread. */
    private Optional<IOException> portUnreadable = Optional.empty();

    /** Set by the thread that gets the lines. */
    private volatile boolean lineSeen;

    /** What the pattern has thrown, for example a StackOverflowError: it ends the wait. Set by that thread too. */
    private volatile Optional<Error> patternFailed = Optional.empty();

    /**
     * Begins a wait.
     *
     * @param lastLines the last lines for the message if the process has ended
     * @throws IllegalStateException it is about a line of a stream that is not read by the library
     */
    Probe(Child child, Readiness readiness, Supplier<String> lastLines) {
        this.child = child;
        this.lastLines = lastLines;
        this.looksAgain = !(readiness instanceof Readiness.Line);
        this.look = switch (readiness) {
            case Readiness.Line line -> watch(line);
            case Readiness.Port port -> () -> child.callOnPlatformThread(() -> isOpen(port.port()));
            case Readiness.FileExists file -> () -> Files.exists(file.path());
            case Readiness.When when -> when.condition();
        };
    }

    private BooleanSupplier watch(Readiness.Line line) {
        Optional<PipeInput> pipe = line.stream() == StandardStream.STDOUT ? child.output() : child.error();
        if (pipe.isEmpty()) {
            throw new IllegalStateException("Lines of " + line.stream() + " are not seen: it is redirected");
        }
        if (pipe.get().collector().isEmpty()) {
            throw new IllegalStateException(
                    "Lines of " + line.stream() + " are not seen: capture, onLine or forwardTo was not called for it");
        }
        // A pattern is looked for without a carrier too, unlike a listener.
        end = pipe.get().watchLines(child::onPool, text -> match(line.pattern(), text, pipe.get()));
        return this::isLineSeen;
    }

    private void match(Pattern pattern, String text, PipeInput pipe) {
        try {
            if (lineSeen || !pattern.matcher(text).find()) {
                return;
            }
            lineSeen = true;
            pipe.forgetStart();
        } catch (Error failure) {
            patternFailed = Optional.of(failure);
        }
        child.wakeWaiting();
    }

    private boolean isLineSeen() {
        if (patternFailed.isPresent()) {
            throw patternFailed.get();
        }
        return lineSeen;
    }

    private boolean isOpen(int port) {
        try {
            return accepts(InetAddress.ofLiteral("127.0.0.1"), port) || accepts(InetAddress.ofLiteral("::1"), port);
        } catch (IOException e) {
            portUnreadable = Optional.of(e);
            return false;
        }
    }

    /** Looks for the owner of the socket first, so that another process gets no connection. */
    private boolean accepts(InetAddress loopback, int port) throws IOException {
        if (ListeningSockets.areReadable()
                && !ListeningSockets.belongToOneOf(child.memberPids(), loopback, port)) {
            return false;
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(loopback, port), CONNECT_MILLIS);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /**
     * Waits until it is ready; false: the limit has come first.
     *
     * @throws ProcessExitedException it has ended before
     */
    boolean await(Deadline limit) throws IOException, InterruptedException {
        while (!isReady()) {
            if (child.look().isPresent()) {
                requireLine();
                return true;
            }
            if (limit.hasCome()) {
                return false;
            }
            // The wait only looks for the line: it must not call users' code.
            child.awaitChange(() -> lineSeen || patternFailed.isPresent(), limit.earlier(nextLook()));
        }
        return true;
    }

    /** After the exit a line may still be on its way to the listener. */
    private void requireLine() throws IOException {
        child.awaitOutput();
        if (!isLineSeen()) {
            throw new ProcessExitedException(child.subject(), child.look().orElseThrow(), lastLines.get());
        }
    }

    private boolean isReady() throws IOException {
        boolean ready = look.getAsBoolean();
        if (portUnreadable.isPresent()) {
            throw portUnreadable.get();
        }
        return ready;
    }

    private Deadline nextLook() {
        if (!looksAgain) {
            return Deadline.NEVER;
        }
        Deadline next = Deadline.in(nap);
        nap = Math.min(2 * nap, LONGEST_NAP);
        return next;
    }

    @Override
    public void close() {
        end.run();
    }
}
