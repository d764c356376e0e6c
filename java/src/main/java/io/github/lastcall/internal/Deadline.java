package io.github.lastcall.internal;

/**
 * A point in time on the clock of {@link System#nanoTime()}, or never.
 *
 * @param at the nanoTime at which it has come; meaningless if {@code never}
 * @param never whether it never comes
 */
public record Deadline(long at, boolean never) {

    /** Never comes. */
    public static final Deadline NEVER = new Deadline(0, true);

    /** Half the range of nanoTime: 146 years. Further ahead, comparing by subtraction would overflow. */
    private static final long FOR_EVER = Long.MAX_VALUE / 2;

    /**
     * Returns the deadline that many nanoseconds from now; one that is too far ahead for the clock never comes.
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

    /** Returns the nanoseconds left, 0 once it has come, {@link Long#MAX_VALUE} if it never does. */
    public long remaining() {
        return never ? Long.MAX_VALUE : remaining(System.nanoTime());
    }

    /** Returns the nanoseconds left at a moment; as {@link #remaining()}. */
    public long remaining(long now) {
        return never ? Long.MAX_VALUE : Math.max(0, at - now);
    }

    /** Returns whether it has come. */
    public boolean hasCome() {
        return !never && hasCome(System.nanoTime());
    }

    /** Returns whether it has come at a moment. */
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
