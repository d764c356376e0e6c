package io.github.lastcall.internal.stdio;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * What becomes of a stream that is read as it is written: a part of it is kept, and listeners and sinks get it.
 *
 * <p>Guarded by the word of its {@link PipeInput}, but for {@link #deliver} and {@link #isDelivered}, which are called
 * without.
 */
public final class Collector {

    /** How much of the end is kept for messages, beside the beginning: 4 KiB. */
    private static final Kept.Limit TAIL = new Kept.Limit(4096, true);

    /** How much of the start is kept for those who watch for a line: 64 KiB. */
    private static final Kept.Limit START = new Kept.Limit(65_536, false);

    /** Stands where something is missing: what comes after it is another line. */
    private static final byte[] GAP = {'\n'};

    private final Optional<Kept> kept;
    private final Optional<Kept> tail;
    private final List<Delivery> deliveries = new CopyOnWriteArrayList<>();
    private final AtomicBoolean deliveredOnce = new AtomicBoolean();
    private Runnable whenRoom = () -> {};
    private volatile Runnable whenDelivered = () -> {};

    /** The start of the stream, for those who watch for a line; empty: it is not needed any more. */
    private Optional<Kept> start = Optional.of(new Kept(START));

    private long total;
    private volatile boolean missed;
    private volatile boolean ended;

    /**
     * What is wanted of a stream. Can be used for several.
     *
     * @param kept how much is kept; empty: nothing
     * @param tail whether the last of it is kept beside that, for messages
     * @param receivers who gets it
     */
    public record Wanted(Optional<Kept.Limit> kept, boolean tail, List<Wish> receivers) {
        /** Copies the list. */
        public Wanted {
            receivers = List.copyOf(receivers);
        }
    }

    /** Who wants a stream. */
    public sealed interface Wish {}

    /** One who gets it line by line. */
    public record ToListener(Consumer<String> listener) implements Wish {}

    /** One who gets it with a prefix before each line. */
    public record ToSink(OutputStream sink, String prefix) implements Wish {}

    /** Learns of users' code that fails. */
    public interface Failures {

        /** A listener has thrown that. It gets the next line all the same. Called for its first time. */
        void ofListener(Throwable failure);

        /** A sink has thrown that, and gets no more. */
        void ofSink(Throwable failure);
    }

    /**
     * What was collected so far.
     *
     * @param kept what was kept
     * @param tail the last of all, if that was to be kept
     * @param truncated whether something is missing there, or was not given to a receiver
     * @param total how much there was
     */
    public record Collected(Kept.View kept, Kept.View tail, boolean truncated, long total) {
        /** Nothing was written. */
        public static final Collected NOTHING = new Collected(Kept.NOTHING, Kept.NOTHING, false, 0);
    }

    /** Creates what one stream needs. */
    public Collector(Wanted wanted, Failures failures) {
        this.kept = wanted.kept().map(Kept::new);
        this.tail = wanted.tail() ? Optional.of(new Kept(TAIL)) : Optional.empty();
        for (Wish wish : wanted.receivers()) {
            deliveries.add(delivery(wish, failures));
        }
    }

    private Delivery delivery(Wish wish, Failures failures) {
        return switch (wish) {
            case ToListener to -> delivery(new Lines(new Careful(to.listener(), failures)), failures::ofListener);
            case ToSink to -> delivery(new Forwarder(to.sink(), to.prefix()), failures::ofSink);
        };
    }

    /** One who gets no more has missed something. */
    private Delivery delivery(Receiver receiver, Consumer<Throwable> failed) {
        Consumer<Throwable> gaveUp = failure -> {
            missed = true;
            failed.accept(failure);
        };
        return new Delivery(Delivery.VIRTUAL, receiver, gaveUp, () -> whenRoom.run(), this::deliver);
    }

    /** Calls a listener again that has thrown. Used by one thread at a time. */
    private static final class Careful implements Consumer<String> {
        private final Consumer<String> listener;
        private final Failures failures;
        private boolean failed;

        Careful(Consumer<String> listener, Failures failures) {
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

    /** Gives every line to a listener, from the start if that is known. {@link Delivery#bringHeld} follows. */
    Delivery watchLines(Executor threads, Consumer<String> listener) {
        Delivery delivery =
                new Delivery(threads, new Lines(listener), failure -> {}, () -> whenRoom.run(), this::deliver);
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

    /** Sets what is done, once, when all is delivered. */
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
     * Takes what was read.
     *
     * @param drop whether one who has no room misses it
     */
    void take(ByteBuffer bytes, boolean drop) {
        total += bytes.remaining();
        boolean wanted = !deliveries.isEmpty()
                || kept.isPresent() && !kept.get().isFull()
                || start.isPresent() && !start.get().isFull();
        // Of what goes by when all is kept that is to be only the end may be needed.
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
     * There is no more.
     *
     * @param whole whether that is all that was written
     */
    void end(boolean whole) {
        if (!ended) {
            missed |= !whole;
            deliveries.forEach(Delivery::end);
            ended = true;
        }
    }

    /** Starts those who have something to do. */
    void deliver() {
        for (Delivery delivery : deliveries) {
            delivery.start();
        }
        if (isDelivered() && deliveredOnce.compareAndSet(false, true)) {
            whenDelivered.run();
        }
    }

    /** Whether everybody has got all of it. */
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
