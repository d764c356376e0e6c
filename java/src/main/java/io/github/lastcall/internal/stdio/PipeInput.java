package io.github.lastcall.internal.stdio;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.exit.Waiters;
import io.github.lastcall.internal.os.OsPort;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a child writes, until its exit from a pipe, afterwards from memory. It does not refer to the user's handle.
 *
 * <p>Guarded by the lock of {@link #end}.
 */
public final class PipeInput {

    private final OurEnd end;

    /** What was in the pipe when the exit was seen; present from then on. */
    private Optional<byte[]> rest = Optional.empty();

    private int position;
    private boolean closed;

    /** Creates the reader of a pipe's {@code ours} end, which it owns from now on. */
    public PipeInput(OsPort os, Waiters waiters, long handle) {
        this.end = new OurEnd(os, waiters, handle);
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
            end.awaitReady(OsPort.READABLE, interruptible);
        }
    }

    private int readNow(byte[] buffer, int offset, int length) throws IOException {
        end.lock.lock();
        try {
            requireOpen();
            return rest.isPresent()
                    ? readRest(rest.get(), buffer, offset, length)
                    : end.os.read(end.handle(), buffer, offset, length);
        } finally {
            end.lock.unlock();
        }
    }

    private int readRest(byte[] from, byte[] buffer, int offset, int length) {
        int count = Math.min(length, from.length - position);
        System.arraycopy(from, position, buffer, offset, count);
        position += count;
        return count;
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("Stream closed");
        }
    }

    /** Returns how many bytes can be read at once. */
    public int available() throws IOException {
        end.lock.lock();
        try {
            requireOpen();
            return rest.isPresent() ? rest.get().length - position : end.os.available(end.handle());
        } finally {
            end.lock.unlock();
        }
    }

    /** Closes, wakes a blocked reader (which gets an IOException), and forgets what was kept in memory. */
    public void close() {
        end.lock.lock();
        try {
            closed = true;
            rest = Optional.empty();
            end.close();
        } finally {
            end.lock.unlock();
        }
    }

    /**
     * Takes what the pipe holds into memory and closes the descriptor. To be called once the leader's exit has been
     * seen: all that it wrote is in the pipe then. No more than that is taken, since a grandchild may hold the other
     * end and write for ever. A blocked reader gets what there was, then the end.
     */
    public void settle() {
        end.lock.lock();
        try {
            if (!closed && rest.isEmpty()) {
                rest = Optional.of(drain());
                end.close();
            }
        } finally {
            end.lock.unlock();
        }
    }

    private byte[] drain() {
        try {
            byte[] bytes = new byte[end.os.available(end.handle())];
            int filled = 0;
            while (filled < bytes.length) {
                int count = end.os.read(end.handle(), bytes, filled, bytes.length - filled);
                if (count <= 0) {
                    break;
                }
                filled += count;
            }
            return filled == bytes.length ? bytes : Arrays.copyOf(bytes, filled);
        } catch (OsException e) {
            throw new AssertionError("a pipe that is open and ours can be read", e);
        }
    }
}
