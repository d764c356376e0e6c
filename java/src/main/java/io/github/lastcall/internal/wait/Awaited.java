package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import java.util.Optional;

/**
 * What a thread waits for, in addition to its wake-up and its deadline.
 *
 * @param process the process whose exit it waits for; empty: none
 * @param pipe the pipe that it waits for, -1: none
 * @param events {@link OsPort#READABLE} or {@link OsPort#WRITABLE}
 */
public record Awaited(Optional<NativeProcess> process, long pipe, int events) {

    /** Nothing but the wake-up and the deadline. */
    public static final Awaited NOTHING = new Awaited(Optional.empty(), -1, 0);

    /** The exit of a process. */
    public static Awaited exit(NativeProcess process) {
        return new Awaited(Optional.of(process), -1, 0);
    }

    /** The same, or room in a pipe (-1: no pipe). */
    public Awaited orRoom(long writable) {
        return writable < 0 ? this : new Awaited(process, writable, OsPort.WRITABLE);
    }

    /** A pipe that becomes readable or writable. */
    public static Awaited pipe(long pipe, int events) {
        return new Awaited(Optional.empty(), pipe, events);
    }
}
