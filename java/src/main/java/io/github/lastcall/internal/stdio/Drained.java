package io.github.lastcall.internal.stdio;

import io.github.lastcall.OsException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Output of a child that was read into memory while the child is stopped, for later reads. Guarded by the word of its
 * pipe.
 */
final class Drained {

    /** The most bytes of one stream: 1 MiB. */
    private static final int MOST = 1 << 20;

    /** The most bytes in the whole JVM: 64 MiB. */
    private static final long MOST_IN_ALL = 64L << 20;

    private static final int CHUNK = 65_536;

    private static final AtomicLong IN_ALL = new AtomicLong();

    private static final byte[] NOTHING = {};

    /** The bytes, from {@link #position} to {@link #filled}. */
    private byte[] memory = NOTHING;

    private int position;
    private int filled;

    int available() {
        return filled - position;
    }

    /** Whether a stream that has drained this much may drain more. */
    static boolean isRoomFor(Optional<Drained> drained) {
        return (drained.isEmpty() || drained.get().filled < MOST) && IN_ALL.get() < MOST_IN_ALL;
    }

    /** Takes bytes out, as many as there are. */
    int read(byte[] buffer, int offset, int length) {
        int count = Math.min(length, available());
        System.arraycopy(memory, position, buffer, offset, count);
        position += count;
        return count;
    }

    /** Adds what a read of the pipe returns. Returns how many bytes, 0 at the end, or OsPort.AGAIN. */
    int readFrom(PipeEnd end) throws OsException {
        int wanted = Math.clamp(end.os.available(end.handle()), 1, CHUNK);
        if (memory.length - filled < wanted) {
            grow(wanted);
        }
        int count = end.os.read(end.handle(), memory, filled, wanted);
        filled += Math.max(0, count);
        return count;
    }

    private void grow(int wanted) {
        byte[] larger = Arrays.copyOf(memory, Math.max(filled + wanted, Math.min(2 * memory.length, MOST)));
        IN_ALL.addAndGet(larger.length - memory.length);
        memory = larger;
    }

    /** Ends the use of the memory, which counts for the whole JVM until then. */
    void free() {
        IN_ALL.addAndGet(-memory.length);
    }
}
