package io.github.lastcall;

/**
 * How much is kept of what a process writes: the first bytes of each stream, or the last. The rest is read and dropped,
 * so that the process does not block.
 */
public final class OutputLimit {

    /** What an array holds. */
    private static final long MOST = Integer.MAX_VALUE - 8;

    private final long bytes;
    private final boolean last;

    private OutputLimit(long bytes, boolean last) {
        if (bytes < 0 || bytes > MOST) {
            throw new IllegalArgumentException("a limit is 0 to " + MOST + " bytes, and not " + bytes);
        }
        this.bytes = bytes;
        this.last = last;
    }

    /**
     * Keeps the beginning.
     *
     * @param bytes how much of each stream, 0 to 2,147,483,639 bytes
     * @return the limit
     * @throws IllegalArgumentException it is out of that range
     */
    public static OutputLimit first(long bytes) {
        return new OutputLimit(bytes, false);
    }

    /**
     * Keeps the end.
     *
     * @param bytes how much of each stream, 0 to 2,147,483,639 bytes
     * @return the limit
     * @throws IllegalArgumentException it is out of that range
     */
    public static OutputLimit last(long bytes) {
        return new OutputLimit(bytes, true);
    }

    /**
     * Returns how much is kept of each stream.
     *
     * @return the number of bytes
     */
    public long bytes() {
        return bytes;
    }

    /**
     * Returns whether it is the end that is kept.
     *
     * @return false: the beginning
     */
    public boolean isLast() {
        return last;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OutputLimit that && bytes == that.bytes && last == that.last;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(last ? ~bytes : bytes);
    }

    /** Returns it as it is written in a program, as {@code first(1024)}. */
    @Override
    public String toString() {
        return (last ? "last(" : "first(") + bytes + ")";
    }
}
