package io.github.lastcall.benchmarks;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The memory that is shared with the children. {@code page.h} has the same layout. */
final class Page {

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final long SIZE = 4096;
    private static final long READY = 0;
    private static final long STAMP = 8;
    private static final long GRANDCHILD = 16;
    private static final long READY_LIMIT_NANOS = 30_000_000_000L;

    private final MemorySegment memory;

    /** Maps a file, which is created if it does not exist. It stays mapped as long as this JVM runs. */
    Page(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE, Arena.global());
        }
    }

    void reset() {
        LONG.setRelease(memory, GRANDCHILD, 0L);
        LONG.setRelease(memory, STAMP, 0L);
        LONG.setRelease(memory, READY, 0L);
    }

    /** Waits until that many children are ready. Sleeps, because a busy loop would take the processor from them. */
    void awaitReady(long count) throws InterruptedException {
        long begun = System.nanoTime();
        while ((long) LONG.getAcquire(memory, READY) < count) {
            Thread.sleep(0, 50_000);
            if (System.nanoTime() - begun > READY_LIMIT_NANOS) {
                throw new IllegalStateException("a child is not ready after 30 s");
            }
        }
    }

    /** CLOCK_MONOTONIC, which is the clock of {@link System#nanoTime()} on Linux, right before the child's exit. */
    long stamp() {
        return (long) LONG.getAcquire(memory, STAMP);
    }

    long grandchild() {
        return (long) LONG.getAcquire(memory, GRANDCHILD);
    }
}
