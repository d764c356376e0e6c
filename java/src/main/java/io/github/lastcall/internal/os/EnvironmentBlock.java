package io.github.lastcall.internal.os;

import java.util.List;

/**
 * An environment in native memory. Many starts can share it: most children get the environment that this JVM was
 * started with.
 */
public final class EnvironmentBlock {

    private final Block block;

    /**
     * Creates a block.
     *
     * @param entries {@code NAME=value} each
     */
    public EnvironmentBlock(List<byte[]> entries) {
        this.block = new Block(0, entries.size() + 1, Block.room(entries));
        block.strings(0, entries);
        block.write();
    }

    long address() {
        return block.address();
    }
}
