package io.github.lastcall.internal.exit;

import io.github.lastcall.OsException;

/** One blocking call of the OS that a cancel handle can end. */
@FunctionalInterface
public interface NativeWait {

    /**
     * Waits.
     *
     * @param cancel the handle that ends it, -1: there is none
     * @param timeoutNanos nanoseconds, {@link Long#MAX_VALUE} for ever
     * @return what was seen, 0 for nothing
     */
    int run(long cancel, long timeoutNanos) throws OsException;
}
