package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.Deadline;

/** What the {@link Loop} advances. */
@FunctionalInterface
public interface Advanceable {

    /**
     * Does what is due now. Never blocks.
     *
     * @return when to call it again
     */
    Deadline advance();

    /**
     * Whether it will never have anything to do again. The code that makes this true calls {@link Loop#disarm}
     * afterwards.
     */
    default boolean isOver() {
        return false;
    }
}
