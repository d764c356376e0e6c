package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.Deadline;

/** What the {@link Loop} advances. */
@FunctionalInterface
public interface Advanceable {

    /**
     * Does what is due. Never blocks.
     *
     * @return when to come back
     */
    Deadline advance();

    /** Whether it never has anything to do any more. Who makes that so calls {@link Loop#disarm} afterwards. */
    default boolean isOver() {
        return false;
    }
}
