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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What a child writes: first what was drained into memory, then what its pipe holds. It does not refer to the user's
 * handle.
 *
 * <p>With a {@link Collector} it is drained from the start, and that gets all of it: there is nothing to read then.
 *
 * <p>Guarded by the word of {@link #end}. The pipe is closed when it has been read to its end, when everybody who could
 * write is gone, or by the user. Nothing here waits but {@link #read}.
 */
public final class PipeInput implements Advanceable, Runnable {

    /** How much of one stream is drained while the child is being stopped: 1 MiB. */
    static final int MOST_DRAINED = 1 << 20;

    /** How much is drained in the whole JVM: 64 MiB. */
    private static final long MOST_DRAINED_IN_ALL = 64L << 20;

    private static final AtomicLong DRAINED = new AtomicLong();

    private static final byte[] NOTHING = {};

    private static final int CHUNK = 65_536;

    /** How many chunks one round of the loop reads of one pipe: the others want their turn. */
    private static final int MOST_CHUNKS = 4;

    /** After how many whole chunks a pipe is enlarged: 1 MiB. */
    private static final int CHUNKS_BEFORE_ENLARGING = 16;

    /**
     * How many pipes are larger at a time. Linux counts the room in the pipes of a user, and makes small ones beyond
     * 64 MiB (pipe(7)): 64 take at most a quarter of that, and the user's other programs keep the rest.
     */
    private static final int MOST_ENLARGED = 64;

    private static final AtomicInteger ENLARGED = new AtomicInteger();

    /** How long to collect what a stranger may still write when the child has gone: 1 s. */
    private static final long STRANGERS_NANOS = 1_000_000_000;

    /** How soon to try again where there was no memory or no descriptor: 20 ms. */
    private static final long RETRY_NANOS = 20_000_000;

    private final PipeEnd end;
    private final Loop loop;
    private final Optional<Collector> collector;

    /** With the word. */
    private final Consumer<ByteBuffer> collected;

    /** What was drained: from {@link #position} to {@link #filled}. */
    private byte[] memory = NOTHING;

    private int position;
    private int filled;

    /** By the user. */
    private boolean closed;

    /** Whether there was a read since the last stop began: then its reader wants the rest. */
    private volatile boolean beingRead;

    /** Whether it goes into memory, as the child is being stopped, or to the collector. */
    private volatile boolean draining;

    /** With a collector: whether the child is being stopped, and must not be held up by a listener. */
    private boolean stopping;

    /** With a collector: when to stop reading, although there are writers. */
    private volatile Deadline cutOffAt = Deadline.NEVER;

    /** Whether it was to be settled while a read was in progress, or was settled. */
    private volatile boolean settleDue;

    /** Whether the loop says when there is more. */
    private boolean watched;

    private volatile boolean full;

    /** With a collector: how many chunks were read whole. */
    private int wholeChunks;

    private boolean enlarged;

    /**
     * Creates the reader of a pipe that is not made yet.
     *
     * @param collector gets what is written; empty: reads do
     */
    public PipeInput(OsPort os, Threads threads, Optional<Collector> collector) {
        this.end = new PipeEnd(os, threads.waiters());
        this.loop = threads.loop();
        this.collector = collector;
        this.collected = collector.isPresent() ? this::collect : bytes -> {};
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

    /** What gets the output; empty: reads do. */
    public Optional<Collector> collector() {
        return collector;
    }

    /**
     * Gives every line to a listener, from the start of the stream if that is still known, until what is returned is
     * called. The lines that are there it has got when this returns.
     *
     * @param threads runs what calls it afterwards, one at a time
     */
    public Runnable watchLines(Executor threads, Consumer<String> listener) {
        Delivery delivery;
        end.word.acquire();
        try {
            delivery = collector.orElseThrow().watchLines(threads, listener);
        } finally {
            end.word.release();
        }
        delivery.bringHeld();
        return () -> unwatchLines(delivery);
    }

    private void unwatchLines(Delivery delivery) {
        collector.orElseThrow().remove(delivery);
        // It may have been the one that had no room.
        run();
    }

    /** The start of the stream is not needed any more. */
    public void forgetStart() {
        end.word.acquire();
        try {
            collector.orElseThrow().forgetStart();
        } finally {
            end.word.release();
        }
    }

    /** Returns what was collected so far. */
    public Collector.Collected collected() {
        end.word.acquire();
        try {
            return collector.orElseThrow().collected();
        } finally {
            end.word.release();
        }
    }

    /**
     * Reads as {@link java.io.InputStream#read(byte[], int, int)}; blocks until there is something. An interrupt of a
     * virtual thread ends that: it is how whoever has started the thread cancels it. A platform thread's does not, as
     * with the JDK's processes.
     *
     * @throws InterruptedIOException this virtual thread is interrupted and there is nothing to read
     */
    public int read(byte[] buffer, int offset, int length) throws IOException {
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
                // What was drained since the read is in no pipe any more.
                end.awaitReady(OsPort.READABLE, interruptible, this::hasMemory);
            } finally {
                afterWait();
            }
        }
    }

    private boolean hasMemory() {
        return position < filled;
    }

    /** A read that waits keeps others from draining and from settling. */
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

    /** Somebody who does not belong to the group may hold the other end: then the pipe stays open for reads. */
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
            if (position < filled) {
                return readMemory(buffer, offset, length);
            }
            return end.isClosedNow() ? 0 : readPipe(buffer, offset, length);
        } finally {
            end.word.release();
        }
    }

    private int readMemory(byte[] buffer, int offset, int length) {
        int count = Math.min(length, filled - position);
        System.arraycopy(memory, position, buffer, offset, count);
        position += count;
        if (position == filled) {
            forget();
        }
        return count;
    }

    private void forget() {
        DRAINED.addAndGet(-memory.length);
        memory = NOTHING;
        position = 0;
        filled = 0;
        full = false;
        drainMore();
    }

    /** At the end nothing can follow: the descriptor is of no use any more. */
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

    /** Returns how many bytes can be read at once. */
    public int available() throws IOException {
        end.word.acquire();
        try {
            requireOpen();
            int inPipe = end.isClosedNow() ? 0 : end.os.available(end.handle());
            return filled - position + inPipe;
        } finally {
            end.word.release();
        }
    }

    /** Closes, wakes a blocked reader (which gets an IOException), and forgets what was kept in memory. */
    public void close() {
        List<Runnable> woken;
        end.word.acquire();
        try {
            closed = true;
            stopWatching();
            woken = end.closeNow();
            forget();
            if (collector.isPresent()) {
                endCollecting(false);
            }
        } finally {
            end.word.release();
        }
        woken.forEach(Runnable::run);
        deliver();
    }

    /** A stop begins: whoever reads from now on wants to read on after the close of the handle. */
    public void stopBegins() {
        beingRead = false;
    }

    /**
     * Closes once no process of the group can write. Whoever has been reading gets what is left and then the end of the
     * stream, not an IOException in the middle of the last words; without a reader as {@link #close}.
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
     * Begins to drain, as the child is being stopped: what is in the pipe goes into memory, so that a child does not
     * block on its last words. While a read is in progress that gets it instead. A collector gets it even if it has no
     * room, and there are members who may write now: it is not cut off before they have gone.
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
                end.closeNow();
                endCollecting(false);
            }
        }
    }

    /** Where it cannot be watched, a collector would wait for ever. */
    private void watch() {
        watched = loop.watch(Watched.readable(end.handle()), this);
        if (!watched && collector.isPresent()) {
            loop.arm(this, Deadline.in(RETRY_NANOS));
        }
    }

    /** On the loop, which watches no more then; after a read, when it still may; when a collector has room again. */
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
                loop.arm(this, Deadline.in(RETRY_NANOS));
            }
        }
        deliver();
    }

    /** On the loop: cuts off what a stranger writes, or tries to read once more. */
    @Override
    public Deadline advance() {
        if (cutOffAt.hasCome()) {
            cutOff(true);
        } else {
            run();
        }
        return cutOffAt;
    }

    /** Reads no more of what was settled and goes on: who waited for its end has waited long enough. */
    public void cutOff() {
        cutOff(false);
    }

    private void cutOff(boolean whenDue) {
        end.word.acquire();
        try {
            // Or a stop has begun meanwhile.
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

    /** Also what has come while this whole JVM stood still. */
    private void takeRest() {
        boolean whole = false;
        try {
            takeWhatIsThere();
            whole = readIntoMemory() == 0;
        } catch (OsException e) {
            // Then that is missing.
        } finally {
            end.closeNow();
            endCollecting(whole);
        }
    }

    /** Wakes the receivers for which the collector has something. Not to be called with a word. */
    public void deliver() {
        if (collector.isEmpty()) {
            return;
        }
        boolean done = false;
        try {
            collector.get().deliver();
            done = true;
        } finally {
            // No memory for a thread, say. Then nobody else would try again.
            if (!done) {
                loop.arm(this, Deadline.in(RETRY_NANOS));
            }
        }
    }

    /** Returns whether more may come. */
    private boolean drainNow() throws OsException {
        for (int i = 0; i < MOST_CHUNKS && hasRoom(); i++) {
            int count = readIntoMemory();
            if (count == 0) {
                endReached();
                return false;
            }
            // What is less than was asked for was all.
            if (count == OsPort.AGAIN || collector.isPresent() && count < OsPort.MOST_READ) {
                return true;
            }
        }
        full = !hasRoom();
        return !full;
    }

    private void endReached() {
        end.closeNow();
        if (collector.isPresent()) {
            endCollecting(true);
        }
    }

    private boolean hasRoom() {
        return collector.isPresent()
                ? stopping || collector.get().hasRoom()
                : filled < MOST_DRAINED && DRAINED.get() < MOST_DRAINED_IN_ALL;
    }

    /** Returns how many bytes, 0 at the end, {@link OsPort#AGAIN}. */
    private int readIntoMemory() throws OsException {
        if (collector.isPresent()) {
            return collectNow();
        }
        int available = end.os.available(end.handle());
        int wanted = Math.clamp(available, 1, CHUNK);
        if (memory.length - filled < wanted) {
            grow(wanted);
        }
        int count = end.os.read(end.handle(), memory, filled, wanted);
        filled += Math.max(0, count);
        return count;
    }

    private int collectNow() throws OsException {
        int count = end.os.read(end.handle(), collected);
        if (count == OsPort.MOST_READ && ++wholeChunks == CHUNKS_BEFORE_ENLARGING) {
            enlarge();
        }
        return count;
    }

    /** A child that writes much sleeps whenever its pipe is full: with a larger one it does so less often. */
    private void enlarge() {
        enlarged = ENLARGED.getAndUpdate(count -> Math.min(count + 1, MOST_ENLARGED)) < MOST_ENLARGED;
        if (enlarged) {
            end.os.enlargePipe(end.handle());
        }
    }

    /** The collector gets no more. */
    private void endCollecting(boolean whole) {
        collector.orElseThrow().end(whole);
        if (enlarged) {
            enlarged = false;
            ENLARGED.decrementAndGet();
        }
    }

    private void collect(ByteBuffer bytes) {
        collector.orElseThrow().take(bytes, stopping);
    }

    private void grow(int wanted) {
        byte[] larger = Arrays.copyOf(memory, Math.max(filled + wanted, Math.min(2 * memory.length, MOST_DRAINED)));
        DRAINED.addAndGet(larger.length - memory.length);
        memory = larger;
    }

    private void stopWatching() {
        if (watched) {
            loop.unwatch(Watched.readable(end.handle()), this);
            watched = false;
        }
    }

    /**
     * Takes what the pipe holds into memory and closes it, unless a read is in progress: that goes on until the last
     * writer has gone. To be called once everybody of the group is gone, or a wait has seen the exit of the leader. No
     * more than the pipe holds is taken, since somebody else may hold its other end and write for ever. A collector
     * gets what comes within a second, and {@link #deliver} has to follow.
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
        endReached();
    }

    /** No more than the pipe holds now: somebody may write for ever. */
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

    /** Whether it can take no more into memory, and nobody reads. */
    public boolean isFull() {
        return full;
    }

    /** Whether its end has been seen, or it was closed. */
    public boolean isEnded() {
        return end.isClosed();
    }

    /**
     * Lets a call of the OS close the descriptor, and keeps everybody else from it until {@link #release}.
     *
     * @return the descriptor; -1: not now, and there is nothing to release
     */
    public long claim() {
        if (collector.isPresent() || !end.word.tryAcquire()) {
            return -1;
        }
        if (end.isClosedNow() || end.isAwaited()) {
            end.word.release();
            return -1;
        }
        stopWatching();
        return end.handle();
    }

    /**
     * After {@link #claim}.
     *
     * @param wasClosed whether the call has closed it
     * @param settle whether it is to be settled otherwise
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
