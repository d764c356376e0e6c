package io.github.lastcall.internal.stdio;

import io.github.lastcall.OutputLimit;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Handles a stream that is read while the child writes it: keeps a part, and passes it to listeners and sinks.
 *
 * <p>Guarded by the word of its {@link PipeInput}, except {@link #deliver} and {@link #isDelivered}, which are called
 * without it.
 */
public final class Collector {

    /** How much of the end is kept for messages: 4 KiB. */
    private static final OutputLimit TAIL = OutputLimit.last(4096);

    /** How much of the start is kept for {@link #watchLines}: 64 KiB. */
    private static final OutputLimit START = OutputLimit.first(65_536);

    /** Inserted where bytes are missing: what follows is another line. */
    private static final byte[] GAP = {'\n'};

    private final Optional<Kept> kept;
    private final Optional<Kept> tail;
    private final AtomicInteger undelivered;
    private final List<Delivery> deliveries = new CopyOnWriteArrayList<>();
    private final AtomicBoolean deliveredOnce = new AtomicBoolean();
    private Runnable whenRoom = () -> {};
    private volatile Runnable whenDelivered = () -> {};

    /** The start of the stream, for {@link #watchLines}; empty: it is not needed any more. */
    private Optional<Kept> start = Optional.of(new Kept(START));

    private long total;
    private volatile boolean missed;
    private volatile boolean ended;

    /**
     * What to do with a stream. Can be used for several streams.
     *
     * @param kept how much to keep; empty: nothing
     * @param tail whether to keep the end as well, for messages
     * @param receivers the listeners and sinks
     */
    public record Wanted(Optional<OutputLimit> kept, boolean tail, List<Target> receivers) {
        /** Copies the list. */
        public Wanted {
            receivers = List.copyOf(receivers);
        }
    }

    /** A receiver of the stream. */
    public sealed interface Target {}

    /** A listener, which gets lines. */
    public record ToListener(Consumer<String> listener) implements Target {}

    /** A sink, which gets a prefix before each line. */
    public record ToSink(OutputStream sink, String prefix) implements Target {}

    /** Receives the failures of users' code. */
    public interface Failures {

        /** Called for the first exception of a listener, which still gets the next lines. */
        void ofListener(Throwable failure);

        /** Called when a sink has thrown this; it gets no more. */
        void ofSink(Throwable failure);
    }

    /**
     * What was collected so far of a stream.
     *
     * @param kept the part that was kept
     * @param tail the end, if it is kept
     * @param truncated whether something is missing there, or a receiver has missed something
     * @param total the number of bytes written
     */
    public record Collected(Kept.View kept, Kept.View tail, boolean truncated, long total) {
        /** Nothing. */
        public static final Collected NOTHING = new Collected(Kept.NOTHING, Kept.NOTHING, false, 0);
    }

    /**
     * Creates the collector of one stream.
     *
     * @param undelivered counts what the listeners and sinks have not got yet
     */
    public Collector(Wanted wanted, Failures failures, AtomicInteger undelivered) {
        this.undelivered = undelivered;
        this.kept = wanted.kept().map(Kept::new);
        this.tail = wanted.tail() ? Optional.of(new Kept(TAIL)) : Optional.empty();
        for (Target target : wanted.receivers()) {
            deliveries.add(delivery(target, failures));
        }
    }

    private Delivery delivery(Target target, Failures failures) {
        return switch (target) {
            case ToListener to -> delivery(new Lines(new NeverThrowing(to.listener(), failures)), failures::ofListener);
            case ToSink to -> delivery(new Forwarder(to.sink(), to.prefix()), failures::ofSink);
        };
    }

    /** A receiver that gets no more has missed something. */
    private Delivery delivery(Receiver receiver, Consumer<Throwable> failed) {
        Consumer<Throwable> gaveUp = failure -> {
            missed = true;
            failed.accept(failure);
        };
        return new Delivery(Delivery.VIRTUAL, receiver, undelivered, gaveUp, () -> whenRoom.run(), this::deliver);
    }

    /** Calls a listener, also after it has thrown. Used by one thread at a time. */
    private static final class NeverThrowing implements Consumer<String> {
        private final Consumer<String> listener;
        private final Failures failures;
        private boolean failed;

        NeverThrowing(Consumer<String> listener, Failures failures) {
            this.listener = listener;
            this.failures = failures;
        }

        @Override
        public void accept(String line) {
            try {
                listener.accept(line);
            } catch (Throwable failure) {
                if (!failed) {
                    failed = true;
                    failures.ofListener(failure);
                }
            }
        }
    }

    /**
     * Passes every line to a listener, from the start of the stream if that is kept. {@link Delivery#deliverHeld} has to
     * follow.
     */
    Delivery watchLines(Executor threads, Consumer<String> listener) {
        Delivery delivery = new Delivery(
                threads,
                new Lines(listener),
                new AtomicInteger(),
                failure -> {},
                () -> whenRoom.run(),
                this::deliver);
        delivery.hold();
        if (start.isPresent() && total > 0) {
            delivery.put(start.get().view().bytes());
        }
        if (start.isPresent() && start.get().size() < total) {
            delivery.put(GAP);
        }
        if (ended) {
            delivery.end();
        }
        deliveries.add(delivery);
        return delivery;
    }

    void remove(Delivery delivery) {
        deliveries.remove(delivery);
        delivery.abandon();
    }

    void forgetStart() {
        start = Optional.empty();
    }

    void whenRoom(Runnable action) {
        whenRoom = action;
    }

    /** Sets the action that runs once when everything is delivered. */
    public void whenDelivered(Runnable action) {
        whenDelivered = action;
    }

    boolean hasRoom() {
        for (Delivery delivery : deliveries) {
            if (!delivery.hasRoom()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Takes bytes that were read.
     *
     * @param drop whether a receiver without room misses them
     */
    void take(ByteBuffer bytes, boolean drop) {
        total += bytes.remaining();
        boolean wanted = !deliveries.isEmpty()
                || kept.isPresent() && !kept.get().isFull()
                || start.isPresent() && !start.get().isFull();
        // Nothing more is kept and there is no receiver: only the end may be needed.
        if (!wanted) {
            bytes.position(Math.max(0, bytes.limit() - (tail.isPresent() ? (int) TAIL.bytes() : 0)));
        }
        byte[] chunk = new byte[bytes.remaining()];
        bytes.get(chunk);
        take(chunk, drop);
    }

    private void take(byte[] chunk, boolean drop) {
        kept.ifPresent(part -> part.add(chunk));
        tail.ifPresent(part -> part.add(chunk));
        start.ifPresent(part -> part.add(chunk));
        for (Delivery delivery : deliveries) {
            if (drop && !delivery.hasRoom()) {
                missed = true;
            } else {
                delivery.put(chunk);
            }
        }
    }

    /**
     * Ends the stream.
     *
     * @param whole whether everything that was written has been read
     */
    void end(boolean whole) {
        if (!ended) {
            missed |= !whole;
            deliveries.forEach(Delivery::end);
            ended = true;
        }
    }

    /** Starts the deliveries that have something to do. */
    void deliver() {
        for (Delivery delivery : deliveries) {
            delivery.start();
        }
        if (isDelivered() && deliveredOnce.compareAndSet(false, true)) {
            whenDelivered.run();
        }
    }

    /** Whether every receiver has got everything. */
    public boolean isDelivered() {
        if (!ended) {
            return false;
        }
        for (Delivery delivery : deliveries) {
            if (!delivery.isOver()) {
                return false;
            }
        }
        return true;
    }

    Collected collected() {
        return new Collected(
                kept.isPresent() ? kept.get().view() : Kept.NOTHING,
                tail.isPresent() ? tail.get().view() : Kept.NOTHING,
                missed || kept.isPresent() && kept.get().size() < total,
                total);
    }
}
