package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import java.util.Optional;

/**
 * What the {@link Loop} watches: the exit of a process, or a handle.
 *
 * @param process the process; empty: a handle is watched
 * @param handle the handle, -1: a process is watched
 * @param events the events of the handle
 */
public record Watched(Optional<NativeProcess> process, long handle, int events) {

    /** The exit of a process. */
    public static Watched exit(NativeProcess process) {
        return new Watched(Optional.of(process), -1, 0);
    }

    /** A pipe that becomes readable. */
    public static Watched readable(long pipe) {
        return new Watched(Optional.empty(), pipe, OsPort.READABLE);
    }

    /** A change in the cgroup's file of events, which must have been read before. */
    public static Watched changed(long events) {
        return new Watched(Optional.empty(), events, OsPort.CHANGED);
    }

    /** A pipe that becomes writable. */
    public static Watched writable(long pipe) {
        return new Watched(Optional.empty(), pipe, OsPort.WRITABLE);
    }

    // Written by hand: the methods of a record are linked at their first use, which takes 5 to 10 ms in a new JVM.

    @Override
    public boolean equals(Object other) {
        return other instanceof Watched that
                && process.equals(that.process) && handle == that.handle && events == that.events;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * process.hashCode() + Long.hashCode(handle)) + events;
    }
}
