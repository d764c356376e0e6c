package io.github.lastcall.internal.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One piece of native memory: words, followed by the C strings that some of them point to. It is built in Java's memory
 * and copied in one call, because an access to native memory takes much longer than one to an array. Used by one thread
 * at a time.
 */
final class Block {

    /** What most starts need. The spare block has this size. */
    private static final int USUAL_WORDS = 128;

    private static final int USUAL_TEXT = 4096;

    /** A block that is not in use, because allocating the memory takes longer than filling it. Null: none. */
    private static final AtomicReference<Block> SPARE = new AtomicReference<>();

    private final long[] words;
    private final byte[] text;
    private final long address;
    private final ByteBuffer bytes;
    private final LongBuffer longs;
    private int nextWord;
    private int nextText;

    /**
     * Creates a block that begins with words for {@link #set}.
     *
     * @param head how many such words
     * @param more how many words {@link #strings} and {@link #ints} will take
     * @param text how many bytes the strings will take, by {@link #room}
     */
    Block(int head, int more, int text) {
        this.words = new long[head + more];
        this.text = new byte[text];
        MemorySegment memory = Arena.ofAuto().allocate((long) words.length * Long.BYTES + text, Long.BYTES);
        this.address = memory.address();
        this.bytes = memory.asByteBuffer().order(ByteOrder.nativeOrder());
        this.longs = bytes.asLongBuffer();
        this.nextWord = head;
    }

    /** Returns the spare block, or a new one if it is in use or too small; {@link #give} has to follow. */
    static Block take(int head, int more, int text) {
        if (head + more > USUAL_WORDS || text > USUAL_TEXT) {
            return new Block(head, more, text);
        }
        Block spare = SPARE.getAndSet(null);
        Block block = spare == null ? new Block(USUAL_WORDS, 0, USUAL_TEXT) : spare;
        Arrays.fill(block.words, 0, head + more, 0);
        block.nextWord = head;
        block.nextText = 0;
        return block;
    }

    void give() {
        if (words.length == USUAL_WORDS && text.length == USUAL_TEXT) {
            SPARE.set(this);
        }
    }

    long address() {
        return address;
    }

    /** Sets the word at an offset in bytes. */
    void set(int offset, long value) {
        words[offset / Long.BYTES] = value;
    }

    /** Adds an array of strings that ends in NULL, with spare elements in front; returns its address. */
    long strings(int spare, List<byte[]> strings) {
        long array = address + (long) nextWord * Long.BYTES;
        nextWord += spare;
        for (int i = 0; i < strings.size(); i++) {
            words[nextWord++] = string(strings.get(i));
        }
        nextWord++;
        return array;
    }

    /** Adds an array of ints; returns its address. Every system that the library is made for is little-endian. */
    long ints(List<Integer> ints) {
        long array = address + (long) nextWord * Long.BYTES;
        for (int i = 0; i < ints.size(); i++) {
            words[nextWord + i / 2] |= Integer.toUnsignedLong(ints.get(i)) << i % 2 * Integer.SIZE;
        }
        nextWord += wordsFor(ints);
        return array;
    }

    /** How many words an array of ints takes. */
    static int wordsFor(List<Integer> ints) {
        return (ints.size() + 1) / 2;
    }

    /** Adds a string; returns its address. */
    long string(byte[] string) {
        long start = address + (long) words.length * Long.BYTES + nextText;
        System.arraycopy(string, 0, text, nextText, string.length);
        Arrays.fill(text, nextText + string.length, nextText + room(string), (byte) 0);
        nextText += room(string);
        return start;
    }

    /** Copies it to native memory. */
    void write() {
        longs.put(0, words, 0, nextWord);
        bytes.put(words.length * Long.BYTES, text, 0, nextText);
    }

    /** How many bytes strings take. */
    static int room(List<byte[]> strings) {
        int room = 0;
        for (int i = 0; i < strings.size(); i++) {
            room += room(strings.get(i));
        }
        return room;
    }

    /** With a terminator of two bytes, aligned to that: on Windows it is a unit of UTF-16. */
    static int room(byte[] string) {
        return string.length + 3 & ~1;
    }
}
