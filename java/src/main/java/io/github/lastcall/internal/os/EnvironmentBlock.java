package io.github.lastcall.internal.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * An environment where the C library reads it. It can serve many starts: most children get what this JVM was started
 * with.
 */
public final class EnvironmentBlock {

    private final MemorySegment memory;

    /**
     * Writes one.
     *
     * @param entries {@code NAME=value} each
     */
    public EnvironmentBlock(List<byte[]> entries) {
        this.memory = NativeCalls.strings(Arena.ofAuto(), 0, entries);
    }

    long address() {
        return memory.address();
    }
}
