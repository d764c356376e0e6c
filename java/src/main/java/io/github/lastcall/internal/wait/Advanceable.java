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
}
