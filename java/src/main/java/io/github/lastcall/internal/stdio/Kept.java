package io.github.lastcall.internal.stdio;

import io.github.lastcall.OutputLimit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The part of a stream that is kept: its beginning or its end, up to a limit. It is a list of blocks that only grow, so
 * a {@link View} needs no copy: the bytes that it covers never change.
 *
 * <p>Not thread-safe: guarded by its user.
 */
public final class Kept {

    private static final int SMALLEST = 512;
    private static final int LARGEST = 65_536;

    /** A chunk of at least this size becomes a block without a copy. Smaller blocks would cost more than they hold. */
    private static final int WHOLE = 4096;

    private final OutputLimit limit;
    private final ArrayDeque<Block> blocks = new ArrayDeque<>();
    private long size;

    private static final class Block {
        private byte[] bytes;
        private int length;

        Block(byte[] bytes, int length) {
            this.bytes = bytes;
            this.length = length;
        }
    }

    Kept(OutputLimit limit) {
        this.limit = limit;
    }

    /** Adds a chunk, which must not change afterwards. */
    void add(byte[] chunk) {
        int count = limit.isLast() ? chunk.length : (int) Math.min(chunk.length, limit.bytes() - size);
        if (count >= WHOLE) {
            trimLast();
            blocks.add(new Block(chunk, count));
        } else {
            copy(chunk, count);
        }
        size += count;
        while (limit.isLast() && !blocks.isEmpty() && size - blocks.getFirst().length >= limit.bytes()) {
            size -= blocks.removeFirst().length;
        }
    }

    /** Shortens the last block to its length: nothing will be added to it. */
    private void trimLast() {
        Block last = blocks.peekLast();
        if (last != null && last.length < last.bytes.length) {
            last.bytes = Arrays.copyOf(last.bytes, last.length);
        }
    }

    /**
     * Copies a chunk into blocks. A block that is a chunk itself is full, so nothing is written into an array that a
     * receiver has too.
     */
    private void copy(byte[] chunk, int count) {
        int copied = 0;
        while (copied < count) {
            Block block = blocks.peekLast();
            if (block == null || block.length == block.bytes.length) {
                int wanted = Math.clamp(size, Math.max(SMALLEST, count), LARGEST);
                block = new Block(new byte[wanted], 0);
                blocks.add(block);
            }
            int now = Math.min(count - copied, block.bytes.length - block.length);
            System.arraycopy(chunk, copied, block.bytes, block.length, now);
            block.length += now;
            copied += now;
        }
    }

    /** Whether nothing more will be kept. */
    boolean isFull() {
        return !limit.isLast() && size == limit.bytes();
    }

    /** Returns how many bytes are kept. */
    long size() {
        return limit.isLast() ? Math.min(size, limit.bytes()) : size;
    }

    /** Returns what is kept now. */
    View view() {
        List<byte[]> arrays = new ArrayList<>(blocks.size());
        int[] lengths = new int[blocks.size()];
        for (Block block : blocks) {
            lengths[arrays.size()] = block.length;
            arrays.add(block.bytes);
        }
        return new View(arrays, lengths, (int) (size - size()), (int) size());
    }

    /** Nothing. */
    static final View NOTHING = new View(List.of(), new int[0], 0, 0);

    /**
     * The bytes that were kept at one moment.
     *
     * @param blocks the blocks
     * @param lengths the length of each block
     * @param skipped how many bytes of the first block are beyond the limit
     * @param size the number of bytes without those
     */
    public record View(List<byte[]> blocks, int[] lengths, int skipped, int size) {

        /** Returns a copy of the bytes. */
        public byte[] bytes() {
            byte[] all = new byte[size];
            int filled = 0;
            int skip = skipped;
            for (int i = 0; i < lengths.length; i++) {
                int count = lengths[i] - skip;
                System.arraycopy(blocks.get(i), skip, all, filled, count);
                filled += count;
                skip = 0;
            }
            return all;
        }
    }
}
