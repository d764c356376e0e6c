package io.github.lastcall.internal.stdio;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.wait.Advanceable;
import io.github.lastcall.internal.wait.Loop;
import io.github.lastcall.internal.wait.Threads;
import io.github.lastcall.internal.wait.Watched;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * The output of a child: first what was drained into memory, then what its pipe holds. It does not refer to the user's
 * handle.
 *
 * <p>With a {@link Collector} the pipe is drained from the start, and the collector gets everything: reads find
 * nothing.
 *
 * <p>Guarded by the word of {@link #end}. The pipe is closed when it has been read to its end, when the group is gone,
 * or by the user. Only {@link #read} waits.
 */
public final class PipeInput implements Advanceable, Runnable {

    /** How long to collect what a process outside of the group may write when the child is gone: 1 s. */
    private static final long STRANGERS_NANOS = 1_000_000_000;

    private final PipeEnd end;
    private final Loop loop;
    private final Optional<Collector> collector;

    /** What was drained and not read yet; empty until something is drained. */
    private Optional<Drained> drained = Optional.empty();

    /** Whether the user has closed the stream. */
    private boolean closed;

    /** Whether there was a read since the last stop began: then the reader gets the rest. */
    private volatile boolean beingRead;

    /** Whether the loop reads the pipe, into memory while the child is stopped, or for the collector. */
    private volatile boolean draining;

    /** With a collector: whether the child is being stopped. Then a slow listener must not block it. */
    private boolean stopping;

    /** With a collector: when to stop reading although there are writers. */
    private volatile Deadline cutOffAt = Deadline.NEVER;

    /** Whether {@link #settle} was called, perhaps during a read. */
    private volatile boolean settleDue;

    /** Whether the loop watches for more output. */
    private boolean watched;

    private volatile boolean full;

    /** Only with a collector: enlarges the pipe of a child that writes much. */
    private final Optional<PipeSize> size;

    /**
     * Creates the reader of a pipe that does not exist yet.
     *
     * @param collector gets the output; empty: reads do
     */
    public PipeInput(OsPort os, Threads threads, Optional<Collector> collector) {
        this.end = new PipeEnd(os, threads.waiters());
        this.loop = threads.loop();
        this.collector = collector;
        this.size = collector.isPresent() ? Optional.of(new PipeSize()) : Optional.empty();
        if (collector.isPresent()) {
            draining = true;
            collector.get().whenRoom(this);
        }
    }

    /** Takes our end of the pipe, which it owns from now on. */
    public void open(long handle) {
        end.open(handle);
        if (collector.isPresent()) {
            end.word.acquire();
            try {
                watch();
            } finally {
                end.word.release();
            }
        }
    }

    /** The collector; empty: reads get the output. */
    public Optional<Collector> collector() {
        return collector;
    }

    /**
     * Passes every line to a listener, from the start of the stream if that is kept, until the returned action is
     * called. The lines that exist have been passed when this returns.
     *
     * @param threads runs the later calls of the listener, one at a time
     */
    public Runnable watchLines(Executor threads, Consumer<String> listener) {
        Delivery delivery;
        end.word.acquire();
        try {
            delivery = collector.orElseThrow().watchLines(threads, listener);
        } finally {
            end.word.release();
        }
        delivery.deliverHeld();
        return () -> unwatchLines(delivery);
    }

    private void unwatchLines(Delivery delivery) {
        collector.orElseThrow().remove(delivery);
        // It may have been the delivery without room.
        run();
    }

    /** Frees the start of the stream, which is not needed any more. */
    public void forgetStart() {
        end.word.acquire();
        try {
            collector.orElseThrow().forgetStart();
        } finally {
            end.word.release();
        }
    }

    /** Returns what was collected until now. */
    public Collector.Collected collected() {
        end.word.acquire();
        try {
            return collector.orElseThrow().collected();
        } finally {
            end.word.release();
        }
    }

    /**
     * Reads like {@link java.io.InputStream#read(byte[], int, int)}; blocks until there is something. An interrupt ends
     * the read of a virtual thread, which is how such a thread is cancelled. It does not end the read of a platform
     * thread, as with the JDK's processes.
     *
     * @throws InterruptedIOException this virtual thread is interrupted and there is nothing to read
     */
    int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (true) {
            int count = readNow(buffer, offset, length);
            if (count != OsPort.AGAIN) {
                return count == 0 ? -1 : count;
            }
            boolean interruptible = Thread.currentThread().isVirtual();
            if (interruptible && Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("interrupted while waiting for something to read");
            }
            try {
                // Output that was drained after the read is not in the pipe any more.
                end.awaitReady(OsPort.READABLE, interruptible, this::hasMemory);
            } finally {
                afterWait();
            }
        }
    }

    private boolean hasMemory() {
        return drained.isPresent() && drained.get().available() > 0;
    }

    /** Does what the waiting read has prevented: draining and settling. */
    private void afterWait() throws OsException {
        if (!draining && !settleDue) {
            return;
        }
        end.word.acquire();
        try {
            if (settleDue) {
                closeAtEnd();
            }
            drainMore();
        } finally {
            end.word.release();
        }
    }

    /**
     * Closes the pipe if it is at its end. If a process outside of the group holds the other end, the pipe stays open
     * for reads.
     */
    private void closeAtEnd() throws OsException {
        if (end.isClosedNow() || end.isAwaited()) {
            return;
        }
        takeWhatIsThere();
        if (readIntoMemory() == 0) {
            stopWatching();
            end.closeNow();
        }
    }

    private int readNow(byte[] buffer, int offset, int length) throws IOException {
        end.word.acquire();
        try {
            requireOpen();
            beingRead = true;
            if (hasMemory()) {
                return readMemory(buffer, offset, length);
            }
            return end.isClosedNow() ? 0 : readPipe(buffer, offset, length);
        } finally {
            end.word.release();
        }
    }

    private int readMemory(byte[] buffer, int offset, int length) {
        int count = drained.get().read(buffer, offset, length);
        if (!hasMemory()) {
            forget();
        }
        return count;
    }

    private void forget() {
        if (drained.isPresent()) {
            drained.get().free();
        }
        drained = Optional.empty();
        full = false;
        drainMore();
    }

    /** Reads the pipe, and closes it at its end. */
    private int readPipe(byte[] buffer, int offset, int length) throws OsException {
        int count = end.os.read(end.handle(), buffer, offset, length);
        if (count == 0) {
            stopWatching();
            end.closeNow();
        }
        return count;
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("Stream closed");
        }
    }

    /** Returns how many bytes can be read without blocking. */
    int available() throws IOException {
        end.word.acquire();
        try {
            requireOpen();
            int inPipe = end.isClosedNow() ? 0 : end.os.available(end.handle());
            return (drained.isPresent() ? drained.get().available() : 0) + inPipe;
        } finally {
            end.word.release();
        }
    }

    /** Closes, wakes a blocked reader, which gets an IOException, and frees the memory. */
    public void close() {
        List<Runnable> woken;
        end.word.acquire();
        try {
            closed = true;
            stopWatching();
            woken = end.closeNow();
            forget();
            endCollecting(false);
        } finally {
            end.word.release();
        }
        woken.forEach(Runnable::run);
        deliver();
    }

    /** Records that a stop begins: a reader that reads from now on gets the rest after the close of the handle. */
    public void stopBegins() {
        beingRead = false;
    }

    /**
     * Closes when no process of the group can write. A reader gets the rest and then the end of the stream instead of
     * an IOException. Without a reader this is {@link #close}.
     */
    public void closeAfterReader() {
        List<Runnable> woken;
        end.word.acquire();
        boolean hasReader = beingRead || end.isAwaited();
        try {
            if (hasReader && !end.isClosedNow()) {
                stopWatching();
                takeWhatIsThere();
            }
        } catch (OsException e) {
            throw new AssertionError("a pipe that is open and ours can be read", e);
        } finally {
            try {
                woken = hasReader ? end.closeNow() : List.of();
            } finally {
                end.word.release();
            }
        }
        if (hasReader) {
            woken.forEach(Runnable::run);
        } else {
            close();
        }
    }

    // Draining, settling

    /**
     * Begins to drain, because the child is being stopped: output goes into memory, so that the child does not block on
     * a full pipe. A read in progress gets the output instead. A collector gets it even without room, and is not cut
     * off before the members that may write are gone.
     */
    public void drain() {
        end.word.acquire();
        try {
            draining = true;
            if (collector.isPresent()) {
                stopping = true;
                full = false;
                cutOffAt = Deadline.NEVER;
            }
            drainMore();
        } finally {
            end.word.release();
        }
        deliver();
    }

    private void drainMore() {
        if (!draining || watched || end.isClosedNow() || end.isAwaited() || full) {
            return;
        }
        try {
            if (drainNow()) {
                watch();
            }
        } catch (OsException e) {
            draining = false;
            if (collector.isPresent()) {
                closePipe(false);
            }
        }
    }

    /** Lets the loop watch the pipe. If it cannot, it tries again for a collector, which would wait for ever. */
    private void watch() {
        watched = loop.watch(Watched.readable(end.handle()), this);
        if (!watched && collector.isPresent()) {
            loop.arm(this, Deadline.in(PipeEnd.RETRY_NANOS));
        }
    }

    /**
     * Reads more: on the loop, whose watch has ended; after a read, when the loop may still watch; when a collector has
     * room again.
     */
    @Override
    public void run() {
        boolean done = false;
        end.word.acquire();
        try {
            stopWatching();
            full = full && collector.isEmpty();
            drainMore();
            done = true;
        } finally {
            end.word.release();
            if (!done) {
                loop.arm(this, Deadline.in(PipeEnd.RETRY_NANOS));
            }
        }
        deliver();
    }

    /** On the loop: cuts off the output of other processes when it is time, or tries again to read. */
    @Override
    public Deadline advance() {
        if (cutOffAt.hasCome()) {
            cutOff(true);
        } else {
            run();
        }
        return cutOffAt;
    }

    /** Ends the reading of a pipe that was settled and has not ended. */
    public void cutOff() {
        cutOff(false);
    }

    private void cutOff(boolean whenDue) {
        end.word.acquire();
        try {
            // Not if a stop has begun since: there are members that may write.
            if (!cutOffAt.never() && (!whenDue || cutOffAt.hasCome())) {
                cutOffAt = Deadline.NEVER;
                if (!end.isClosedNow()) {
                    stopWatching();
                    takeRest();
                }
            }
        } finally {
            end.word.release();
        }
        deliver();
    }

    /** Takes what the pipe holds, also what came while this JVM was stopped, and closes it. */
    private void takeRest() {
        boolean whole = false;
        try {
            takeWhatIsThere();
            whole = readIntoMemory() == 0;
        } catch (OsException e) {
            // The rest is missing.
        } finally {
            closePipe(whole);
        }
    }

    /** Starts the deliveries of the collector. Without the word. */
    public void deliver() {
        if (collector.isEmpty()) {
            return;
        }
        boolean done = false;
        try {
            collector.get().deliver();
            done = true;
        } finally {
            // For example no memory for a thread. Nothing else would try again.
            if (!done) {
                loop.arm(this, Deadline.in(PipeEnd.RETRY_NANOS));
            }
        }
    }

    /** Reads some chunks; returns whether more may come. */
    private boolean drainNow() throws OsException {
        for (int i = 0; i < PipeEnd.MOST_CHUNKS && hasRoom(); i++) {
            int count = readIntoMemory();
            if (count == 0) {
                closePipe(true);
                return false;
            }
            // A short read has emptied the pipe.
            if (count == OsPort.AGAIN || collector.isPresent() && count < OsPort.MOST_READ) {
                return true;
            }
        }
        full = !hasRoom();
        return !full;
    }

    /** Closes the pipe, and ends the stream for the collector if there is one. */
    private void closePipe(boolean whole) {
        end.closeNow();
        endCollecting(whole);
    }

    private boolean hasRoom() {
        return collector.isPresent()
                ? stopping || collector.get().hasRoom()
                : Drained.isRoomFor(drained);
    }

    /** Reads once, into memory or for the collector. Returns how many bytes, 0 at the end, or {@link OsPort#AGAIN}. */
    private int readIntoMemory() throws OsException {
        if (collector.isPresent()) {
            return collectNow();
        }
        if (drained.isEmpty()) {
            drained = Optional.of(new Drained());
        }
        return drained.get().readFrom(end);
    }

    private int collectNow() throws OsException {
        int count = end.os.read(end.handle(), this::collect);
        if (count == OsPort.MOST_READ) {
            size.orElseThrow().wholeChunk(end);
        }
        return count;
    }

    private void endCollecting(boolean whole) {
        if (collector.isPresent()) {
            collector.get().end(whole);
            size.orElseThrow().end();
        }
    }

    private void collect(ByteBuffer bytes) {
        collector.orElseThrow().take(bytes, stopping);
    }

    private void stopWatching() {
        if (watched) {
            loop.unwatch(Watched.readable(end.handle()), this);
            watched = false;
        }
    }

    /**
     * Takes what the pipe holds into memory and closes it. A read in progress continues until the last writer is gone.
     * To be called when the group is gone, or a wait has seen the exit of the leader. It takes no more than the pipe
     * holds, because a process outside of the group may hold the other end and write for ever. A collector gets what
     * comes within a second, and {@link #deliver} has to follow.
     */
    public void settle() {
        end.word.acquire();
        try {
            settleNow();
        } finally {
            end.word.release();
        }
    }

    private void settleNow() {
        settleDue = true;
        if (end.isClosedNow() || end.isAwaited()) {
            return;
        }
        stopWatching();
        try {
            takeWhatIsThere();
            if (collector.isPresent() && readIntoMemory() != 0) {
                collectForAWhile();
                return;
            }
        } catch (OsException e) {
            throw new AssertionError("a pipe that is open and ours can be read", e);
        }
        closePipe(true);
    }

    /** Takes no more than the pipe holds now: another process may write for ever. */
    private void takeWhatIsThere() throws OsException {
        int left = end.os.available(end.handle());
        while (left > 0) {
            int count = readIntoMemory();
            left = count <= 0 ? 0 : left - count;
        }
    }

    private void collectForAWhile() {
        watch();
        if (cutOffAt.never()) {
            cutOffAt = Deadline.in(STRANGERS_NANOS);
            loop.arm(this, cutOffAt);
        }
    }

    /** Whether the memory is full and no thread reads. */
    public boolean isFull() {
        return full;
    }

    /** Whether its end was seen, or it was closed. */
    public boolean isEnded() {
        return end.isClosed();
    }

    /**
     * Lets a call of the OS close the descriptor; other threads cannot use it until {@link #release}.
     *
     * @return the descriptor; -1: it is in use or closed, and there is nothing to release
     */
    public long claim() {
        if (collector.isPresent() || !end.claim()) {
            return -1;
        }
        stopWatching();
        return end.handle();
    }

    /**
     * Ends a {@link #claim}.
     *
     * @param wasClosed whether the call has closed it
     * @param settle whether to settle it if it was not closed
     */
    public void release(boolean wasClosed, boolean settle) {
        try {
            if (wasClosed) {
                end.wasClosed();
            } else if (settle) {
                settleNow();
            } else {
                drainMore();
            }
        } finally {
            end.word.release();
        }
    }
}
