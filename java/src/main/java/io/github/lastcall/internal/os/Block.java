package io.github.lastcall.internal.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * One piece of native memory: words, and behind them the C strings that some of them point to. It is put together in
 * Java's memory and copied at once, because each access to native memory takes as long as many to an array.
 */
final class Block {

    private final MemorySegment memory;
    private final long[] words;
    private final byte[] text;
    private int nextWord;
    private int nextText;

    /**
     * Creates one, with words that {@link #set} fills in front.
     *
     * @param head how many those are
     * @param more how many words {@link #strings} will take
     * @param text how many bytes the strings will, by {@link #room}
     */
    Block(Arena arena, int head, int more, int text) {
        this.words = new long[head + more];
        this.text = new byte[text];
        this.memory = arena.allocate((long) words.length * Long.BYTES + text, Long.BYTES);
        this.nextWord = head;
    }

    long address() {
        return memory.address();
    }

    /** Sets the word at an offset in bytes. */
    void set(int offset, long value) {
        words[offset / Long.BYTES] = value;
    }

    /** Adds an array of strings that ends in NULL, with spare elements in front; returns its address. */
    long strings(int spare, List<byte[]> strings) {
        long array = memory.address() + (long) nextWord * Long.BYTES;
        nextWord += spare;
        for (int i = 0; i < strings.size(); i++) {
            words[nextWord++] = string(strings.get(i));
        }
        nextWord++;
        return array;
    }

    /** Adds a string; returns its address. */
    long string(byte[] string) {
        long address = memory.address() + (long) words.length * Long.BYTES + nextText;
        System.arraycopy(string, 0, text, nextText, string.length);
        nextText += room(string);
        return address;
    }

    /** Copies it to where the library reads it. */
    void write() {
        ByteBuffer bytes = memory.asByteBuffer().order(ByteOrder.nativeOrder());
        bytes.asLongBuffer().put(0, words, 0, words.length);
        bytes.put(words.length * Long.BYTES, text, 0, text.length);
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
