package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import java.util.Optional;

/**
 * What the {@link Loop} watches.
 *
 * @param process whose exit; empty: a handle
 * @param handle the handle, -1: a process
 * @param events for what the handle is to be ready
 */
public record Watched(Optional<NativeProcess> process, long handle, int events) {

    /** The exit of a process. */
    public static Watched exit(NativeProcess process) {
        return new Watched(Optional.of(process), -1, 0);
    }

    /** A pipe that can be read. */
    public static Watched readable(long pipe) {
        return new Watched(Optional.empty(), pipe, OsPort.READABLE);
    }

    /** The events of a cgroup, which were read, have changed. */
    public static Watched changed(long events) {
        return new Watched(Optional.empty(), events, OsPort.CHANGED);
    }

    /** A pipe that can be written. */
    public static Watched writable(long pipe) {
        return new Watched(Optional.empty(), pipe, OsPort.WRITABLE);
    }

    // A record's own are linked when they are first used, which takes a fresh JVM five to ten milliseconds.

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
