package io.github.lastcall.internal.stdio;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.wait.Advanceable;
import io.github.lastcall.internal.wait.Loop;
import io.github.lastcall.internal.wait.Threads;
import io.github.lastcall.internal.wait.Watched;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The input of a child: a buffer and our end of its pipe. It does not refer to the user's handle.
 *
 * <p>{@link #writer} guards the buffer. A thread holds it while it waits for room in the pipe, so that the bytes of two
 * threads are not mixed. {@link #drop()} therefore never takes it: a stop must not wait for a child that does not read.
 */
public final class PipeOutput implements Advanceable, Runnable {

    private static final int BUFFER_SIZE = 8192;

    private static final byte[] NOTHING = {};

    private final PipeEnd end;
    private final Loop loop;
    private final ReentrantLock writer = new ReentrantLock();
    private byte[] buffer = NOTHING;
    private int count;

    /** Set by a thread that wants to close while another thread writes: the writer closes when it is done. */
    private volatile boolean closing;

    /** The whole input if it is known beforehand, and how much of it is written. With the word of the end. */
    private Optional<byte[]> all;

    private int fed;

    /** Whether the loop watches for room in the pipe. */
    private boolean watched;

    /**
     * Creates the writer of a pipe that does not exist yet.
     *
     * @param all the whole input, which the loop writes as the child reads; empty: users' code writes
     */
    public PipeOutput(OsPort os, Threads threads, Optional<byte[]> all) {
        this.end = new PipeEnd(os, threads.waiters());
        this.loop = threads.loop();
        this.all = all;
    }

    /** Takes our end of the pipe, which it owns from now on, and begins to write the input that is known beforehand. */
    public void open(long handle) {
        end.open(handle);
        if (all.isPresent()) {
            run();
        }
    }

    /** Whether the whole input was given beforehand. */
    public boolean isFed() {
        return all.isPresent();
    }

    /**
     * Writes as much as the pipe takes. On the loop, or when the pipe exists. A child that does not read everything is
     * no error.
     */
    @Override
    public void run() {
        end.word.acquire();
        try {
            stopWatching();
            if (!end.isClosedNow()) {
                feed();
            }
        } catch (OsException nobodyReads) {
            end.closeNow();
        } finally {
            end.word.release();
        }
    }

    private void feed() throws OsException {
        byte[] bytes = all.orElseThrow();
        for (int i = 0; i < PipeEnd.MOST_CHUNKS && fed < bytes.length; i++) {
            int count = end.os.write(end.handle(), bytes, fed, bytes.length - fed);
            if (count == OsPort.AGAIN) {
                break;
            }
            fed += count;
        }
        if (fed == bytes.length) {
            all = Optional.of(NOTHING);
            fed = 0;
            end.closeNow();
            return;
        }
        watched = loop.watch(Watched.writable(end.handle()), this);
        if (!watched) {
            loop.arm(this, Deadline.in(PipeEnd.RETRY_NANOS));
        }
    }

    /** On the loop: tries again when the pipe could not be watched. */
    @Override
    public Deadline advance() {
        run();
        return Deadline.NEVER;
    }

    private void stopWatching() {
        if (watched) {
            loop.unwatch(Watched.writable(end.handle()), this);
            watched = false;
        }
    }

    /** Writes like {@link java.io.OutputStream#write(byte[], int, int)}; blocks while buffer and pipe are full. */
    void write(byte[] bytes, int offset, int length) throws IOException {
        writer.lock();
        try {
            requireOpen();
            if (length > buffer.length - count) {
                makeRoom();
            }
            if (length >= BUFFER_SIZE) {
                writeFully(bytes, offset, length);
            } else {
                System.arraycopy(bytes, offset, buffer, count, length);
                count += length;
            }
        } finally {
            unlockWriter();
        }
    }

    private void makeRoom() throws IOException {
        flushBuffer();
        if (buffer.length == 0) {
            buffer = new byte[BUFFER_SIZE];
        }
    }

    /**
     * Writes the buffer into the pipe; blocks while the pipe is full. With an empty buffer a closed stream is no error.
     */
    void flush() throws IOException {
        writer.lock();
        try {
            flushBuffer();
        } finally {
            unlockWriter();
        }
    }

    /** Flushes and closes; waits for other writers and for room in the pipe. Idempotent. */
    void close() throws IOException {
        writer.lock();
        try {
            if (!end.isClosed()) {
                flushBuffer();
            }
        } finally {
            drop();
            writer.unlock();
        }
    }

    /** Closes the descriptor at once. What is in the buffer is lost, and a blocked writer gets an IOException. */
    public void drop() {
        List<Runnable> woken;
        end.word.acquire();
        try {
            stopWatching();
            woken = end.closeNow();
        } finally {
            end.word.release();
        }
        woken.forEach(Runnable::run);
    }

    /** Waits for the exit of the child or for room in a pipe, until the limit; returns whether it has exited. */
    @FunctionalInterface
    public interface ExitOrRoom {
        /** Waits once. */
        boolean await(long pipe, Deadline limit) throws OsException, InterruptedException;
    }

    /**
     * Flushes and closes within a limit, or until the child has exited. If another thread writes, that thread closes
     * afterwards; at the limit the caller has to {@link #drop()} it.
     *
     * @param wakeUp ends the wait when another thread closes the pipe
     */
    public void closeWithin(Deadline limit, ExitOrRoom wait, Runnable wakeUp) throws OsException, InterruptedException {
        if (all.isPresent()) {
            return;
        }
        closing = true;
        if (writer.tryLock()) {
            try {
                flushWithin(limit, wait, wakeUp);
            } finally {
                drop();
                writer.unlock();
            }
        }
    }

    private void flushWithin(Deadline limit, ExitOrRoom wait, Runnable wakeUp)
            throws OsException, InterruptedException {
        int written = 0;
        while (written < count) {
            int now = writeBufferNow(written);
            if (now >= 0) {
                written += now;
            } else if (limit.hasCome() || !end.enter(wakeUp)) {
                return;
            } else {
                try {
                    if (wait.await(end.handle(), limit)) {
                        return;
                    }
                } finally {
                    end.leave(wakeUp);
                }
            }
        }
    }

    /**
     * Writes as much of the buffer as the pipe takes at once, and closes. Never waits: a write of another thread is cut
     * off.
     */
    public void flushAndDrop() {
        if (all.isPresent()) {
            run();
        } else if (writer.tryLock()) {
            try {
                writeBufferNow(0);
                count = 0;
            } finally {
                writer.unlock();
            }
        }
        drop();
    }

    /**
     * Lets a call of the OS close the descriptor; other threads cannot use it until {@link #release}.
     *
     * @return the descriptor; -1: it is in use or closed, and there is nothing to release
     */
    public long claim() {
        if (!end.claim()) {
            return -1;
        }
        stopWatching();
        return end.handle();
    }

    /**
     * Ends a {@link #claim}.
     *
     * @param wasClosed whether the call has closed it
     */
    public void release(boolean wasClosed) {
        if (wasClosed) {
            end.wasClosed();
        }
        end.word.release();
        if (!wasClosed && all.isPresent()) {
            run();
        }
    }

    /**
     * Writes what the pipe takes. If the child does not read any more, there is nothing left to write, and no error.
     */
    private int writeBufferNow(int from) {
        try {
            return writeNow(buffer, from, count - from);
        } catch (IOException nobodyReads) {
            return count - from;
        }
    }

    private void requireOpen() throws IOException {
        if (end.isClosed()) {
            throw new IOException("Stream closed");
        }
    }

    private void flushBuffer() throws IOException {
        int length = count;
        count = 0;
        writeFully(buffer, 0, length);
    }

    private void writeFully(byte[] bytes, int offset, int length) throws IOException {
        int written = 0;
        while (written < length) {
            int now = writeNow(bytes, offset + written, length - written);
            if (now == OsPort.AGAIN) {
                end.awaitReady(OsPort.WRITABLE, false, () -> false);
            } else {
                written += now;
            }
        }
    }

    private int writeNow(byte[] bytes, int offset, int length) throws IOException {
        end.word.acquire();
        try {
            if (end.isClosedNow()) {
                throw new IOException("Stream closed");
            }
            return end.os.write(end.handle(), bytes, offset, length);
        } finally {
            end.word.release();
        }
    }

    /**
     * Unlocks, and closes if another thread wants that. That thread sets {@link #closing} before it tries the lock, and
     * this one reads it after the unlock: so one of the two closes.
     */
    private void unlockWriter() throws IOException {
        writer.unlock();
        if (closing && !end.isClosed()) {
            close();
        }
    }
}
