package io.github.lastcall.internal.stdio;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * What one receiver is still to get of a stream, in order. A thread brings it there, and ends when there is nothing
 * more; so at most one does at a time, and an idle receiver costs no thread.
 *
 * <p>{@link #put} and {@link #end} are called by who holds the word of the pipe, and {@link #start} when it has left
 * it. No lock: who has put something tries to set {@link #running} afterwards, and the thread looks at the queue once
 * more after it has taken that back. So nothing is left lying, and {@link #ended} is set after all has been put.
 */
final class Delivery {

    /** How much waits here until the pipe is read no more: 1 MiB. */
    static final int ROOM = 1 << 20;

    /** What a chunk takes beside its bytes, which may be few: 64 bytes. */
    private static final int OVERHEAD = 64;

    /** For a receiver that is users' code. */
    static final Executor VIRTUAL = task -> Thread.ofVirtual()
            .inheritInheritableThreadLocals(false)
            .name("lastcall-output")
            .start(task);

    private final Executor threads;
    private final Receiver receiver;
    private final Consumer<Throwable> failed;
    private final Runnable whenRoom;
    private final Runnable whenOver;
    private final Queue<byte[]> chunks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile boolean ended;
    private volatile boolean over;

    /** Whether the receiver gets no more. */
    private volatile boolean givenUp;

    /**
     * Creates an empty one.
     *
     * @param threads runs what brings it there
     * @param failed is given what the receiver throws; then it gets no more
     * @param whenRoom called when there is room again
     * @param whenOver called when the receiver has all of the stream
     */
    Delivery(
            Executor threads,
            Receiver receiver,
            Consumer<Throwable> failed,
            Runnable whenRoom,
            Runnable whenOver) {
        this.threads = threads;
        this.receiver = receiver;
        this.failed = failed;
        this.whenRoom = whenRoom;
        this.whenOver = whenOver;
    }

    boolean hasRoom() {
        return size.get() < ROOM;
    }

    void put(byte[] chunk) {
        chunks.add(chunk);
        size.addAndGet(weight(chunk));
    }

    private static int weight(byte[] chunk) {
        return chunk.length + OVERHEAD;
    }

    /** Nothing more will be put. */
    void end() {
        ended = true;
    }

    /** The receiver does not want any more. */
    void abandon() {
        givenUp = true;
    }

    /** Whether the receiver has had all of the stream. */
    boolean isOver() {
        return over;
    }

    /** Lets nobody but {@link #bringHeld} begin. Before anybody else knows of this. */
    void hold() {
        running.set(true);
    }

    /** Brings what is there with the calling thread. After {@link #hold}, once. */
    void bringHeld() {
        run();
    }

    /** Starts the thread if there is something for it. */
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
        return !over && (ended || !chunks.isEmpty());
    }

    private void run() {
        try {
            bring();
        } finally {
            running.set(false);
            start();
        }
    }

    private void bring() {
        boolean last = ended;
        byte[] chunk;
        while ((chunk = chunks.poll()) != null) {
            take(chunk);
            // Not for the next chunk: it would close a sink that is a channel.
            Thread.interrupted();
            int before = size.getAndAdd(-weight(chunk));
            if (before > ROOM / 2 && before - weight(chunk) <= ROOM / 2) {
                whenRoom.run();
            }
        }
        if (last) {
            finish();
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
