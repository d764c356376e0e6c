package io.github.lastcall.internal.stdio;

import io.github.lastcall.internal.Deadline;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The queue of one receiver of a stream. A thread delivers the chunks in order and ends when the queue is empty. So at
 * most one thread delivers at a time, and an idle receiver needs no thread.
 *
 * <p>{@link #put} and {@link #end} are called with the word of the pipe, {@link #start} without it. It needs no lock: a
 * thread that has put a chunk then tries to set {@link #running}, and the delivering thread looks at the queue once
 * more after it has cleared {@link #running}. So no chunk stays in the queue. {@link #ended} is set after the last
 * chunk, and cleared by the thread that delivers the end.
 */
final class Delivery {

    /** The size of the queue at which the loop stops reading the pipe: 1 MiB. */
    static final int ROOM = 1 << 20;

    /** The memory of a chunk in addition to its bytes, which may be few: 64 bytes. */
    private static final int OVERHEAD = 64;

    /** How long a thread delivers before it lets another virtual thread have its carrier: 10 ms. */
    private static final long TURN_NANOS = 10_000_000;

    /** Starts a virtual thread: for receivers that are users' code. */
    static final Executor VIRTUAL = task -> Thread.ofVirtual()
            .inheritInheritableThreadLocals(false)
            .name("lastcall-output")
            .start(task);

    private final Executor threads;
    private final Receiver receiver;
    private final AtomicInteger undelivered;
    private final Consumer<Throwable> failed;
    private final Runnable whenRoom;
    private final Runnable whenOver;
    private final Queue<byte[]> chunks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicBoolean running = new AtomicBoolean();

    /** Whether the end of the stream is to be delivered. */
    private volatile boolean ended;

    private volatile boolean over;

    /** Whether the receiver gets no more. */
    private volatile boolean givenUp;

    /**
     * Creates an empty queue.
     *
     * @param threads runs the delivery
     * @param undelivered counts the chunks, and the ends, that the receiver has not got yet
     * @param failed gets what the receiver throws; the receiver gets no more then
     * @param whenRoom called when there is room again
     * @param whenOver called when the receiver has got the whole stream
     */
    Delivery(
            Executor threads,
            Receiver receiver,
            AtomicInteger undelivered,
            Consumer<Throwable> failed,
            Runnable whenRoom,
            Runnable whenOver) {
        this.threads = threads;
        this.receiver = receiver;
        this.undelivered = undelivered;
        this.failed = failed;
        this.whenRoom = whenRoom;
        this.whenOver = whenOver;
    }

    boolean hasRoom() {
        return size.get() < ROOM;
    }

    void put(byte[] chunk) {
        undelivered.incrementAndGet();
        chunks.add(chunk);
        size.addAndGet(weight(chunk));
    }

    private static int weight(byte[] chunk) {
        return chunk.length + OVERHEAD;
    }

    /** Records that no chunk follows. */
    void end() {
        undelivered.incrementAndGet();
        ended = true;
    }

    /** Drops what the receiver has not got. */
    void abandon() {
        givenUp = true;
    }

    /** Whether the receiver has got the whole stream. */
    boolean isOver() {
        return over;
    }

    /** Lets only {@link #deliverHeld} begin the delivery. Before other threads have access. */
    void hold() {
        running.set(true);
    }

    /** Delivers the chunks with the calling thread. Once, after {@link #hold}. */
    void deliverHeld() {
        run();
    }

    /** Starts the thread if there is something to deliver. */
    void start() {
        while (hasWork() && running.compareAndSet(false, true)) {
            boolean started = false;
            try {
                threads.execute(this::run);
                started = true;
            } finally {
                if (!started) {
                    running.set(false);
                }
            }
        }
    }

    private boolean hasWork() {
        return ended || !chunks.isEmpty();
    }

    private void run() {
        try {
            deliver();
        } finally {
            running.set(false);
            start();
        }
    }

    private void deliver() {
        boolean last = ended;
        Deadline turn = Deadline.in(TURN_NANOS);
        byte[] chunk;
        while ((chunk = chunks.poll()) != null) {
            take(chunk);
            undelivered.decrementAndGet();
            // The interrupt of one chunk must not reach the next: it would close a sink that is a channel.
            Thread.interrupted();
            int before = size.getAndAdd(-weight(chunk));
            if (before > ROOM / 2 && before - weight(chunk) <= ROOM / 2) {
                whenRoom.run();
            }
            if (turn.hasCome()) {
                // A virtual thread keeps its carrier until it waits, and while a child writes fast this one never does.
                // After a yield the same carrier can take it again before all others.
                LockSupport.parkNanos(this, 1);
                turn = Deadline.in(TURN_NANOS);
            }
        }
        if (last) {
            // A thread that has seen it before may deliver next, and must not find it again.
            ended = false;
            finish();
            undelivered.decrementAndGet();
            over = true;
            whenOver.run();
        }
    }

    private void take(byte[] chunk) {
        if (!givenUp) {
            try {
                receiver.take(chunk);
            } catch (Throwable failure) {
                giveUp(failure);
            }
        }
    }

    private void finish() {
        if (!givenUp) {
            try {
                receiver.end();
            } catch (Throwable failure) {
                giveUp(failure);
            }
        }
    }

    private void giveUp(Throwable failure) {
        givenUp = true;
        failed.accept(failure);
    }
}
