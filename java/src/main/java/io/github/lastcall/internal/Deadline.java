package io.github.lastcall.internal;

/**
 * A point in time of {@link System#nanoTime()}, or never.
 *
 * @param at the nanoTime; without meaning if {@code never}
 * @param never whether it is never
 */
public record Deadline(long at, boolean never) {

    /** Never. */
    public static final Deadline NEVER = new Deadline(0, true);

    /** Half the range of nanoTime: 146 years. Further ahead, comparing by subtraction would overflow. */
    private static final long FOR_EVER = Long.MAX_VALUE / 2;

    /**
     * Returns the deadline in that many nanoseconds, or {@link #NEVER} if that is too far for nanoTime.
     *
     * @param nanos nanoseconds, 0 or less for now
     */
    public static Deadline in(long nanos) {
        return after(System.nanoTime(), nanos);
    }

    /** Returns the deadline that many nanoseconds after a moment; as {@link #in}. */
    public static Deadline after(long moment, long nanos) {
        return nanos >= FOR_EVER ? NEVER : new Deadline(moment + Math.max(0, nanos), false);
    }

    /** Returns the nanoseconds left, 0 when it has passed, {@link Long#MAX_VALUE} for {@link #NEVER}. */
    public long remaining() {
        return never ? Long.MAX_VALUE : remaining(System.nanoTime());
    }

    /** Returns the nanoseconds left at a moment, as {@link #remaining()} does. */
    public long remaining(long now) {
        return never ? Long.MAX_VALUE : Math.max(0, at - now);
    }

    /** Returns whether it has passed. */
    public boolean hasCome() {
        return !never && hasCome(System.nanoTime());
    }

    /** Returns whether it has passed at a moment. */
    public boolean hasCome(long now) {
        return !never && now - at >= 0;
    }

    /** Returns the deadline that many nanoseconds after this one. */
    public Deadline later(long nanos) {
        return never ? this : after(at, nanos);
    }

    /** Returns the later of the two. */
    public Deadline later(Deadline other) {
        return earlier(other) == this ? other : this;
    }

    /** Returns the earlier of the two. */
    public Deadline earlier(Deadline other) {
        if (never || other.never) {
            return never ? other : this;
        }
        return at - other.at <= 0 ? this : other;
    }
}
