package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import java.util.Optional;

/**
 * What a thread waits for, beside its wake-up and the time.
 *
 * @param process whose exit; empty: nobody's
 * @param pipe a pipe that is to be ready, -1: none
 * @param events {@link OsPort#READABLE} or {@link OsPort#WRITABLE}
 */
public record Awaited(Optional<NativeProcess> process, long pipe, int events) {

    /** Nothing: a sleep. */
    public static final Awaited NOTHING = new Awaited(Optional.empty(), -1, 0);

    /** The exit of a process. */
    public static Awaited exit(NativeProcess process) {
        return new Awaited(Optional.of(process), -1, 0);
    }

    /** The same, or room in a pipe as well (-1: there is none). */
    public Awaited orRoom(long writable) {
        return writable < 0 ? this : new Awaited(process, writable, OsPort.WRITABLE);
    }

    /** A pipe that can be read or written. */
    public static Awaited pipe(long pipe, int events) {
        return new Awaited(Optional.empty(), pipe, events);
    }
}
