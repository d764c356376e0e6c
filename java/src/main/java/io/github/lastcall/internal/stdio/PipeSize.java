package io.github.lastcall.internal.stdio;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Enlarges the pipe of a child that writes much: the child sleeps when its pipe is full, and with a larger pipe less
 * often. Guarded by the word of the pipe.
 */
final class PipeSize {

    /** After how many whole chunks the pipe is enlarged: 1 MiB. */
    private static final int CHUNKS_BEFORE_ENLARGING = 16;

    /**
     * How many pipes are large at a time. Linux limits the memory for the pipes of a user, and creates small pipes
     * beyond 64 MiB (pipe(7)): 64 large pipes take at most a quarter of that.
     */
    private static final int MOST_ENLARGED = 64;

    private static final AtomicInteger ENLARGED = new AtomicInteger();

    private int wholeChunks;
    private boolean enlarged;

    /** Records that a read has filled a whole chunk. */
    void wholeChunk(PipeEnd end) {
        wholeChunks++;
        if (wholeChunks == CHUNKS_BEFORE_ENLARGING) {
            enlarged = ENLARGED.getAndUpdate(count -> Math.min(count + 1, MOST_ENLARGED)) < MOST_ENLARGED;
            if (enlarged) {
                end.os.enlargePipe(end.handle());
            }
        }
    }

    /** Lets another pipe be enlarged. */
    void end() {
        if (enlarged) {
            enlarged = false;
            ENLARGED.decrementAndGet();
        }
    }
}
