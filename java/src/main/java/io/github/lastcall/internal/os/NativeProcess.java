package io.github.lastcall.internal.os;

import io.github.lastcall.internal.ffi.NativeCalls;

/** A started process, in numbers. */
public final class NativeProcess {

    private final long pid;
    private final long group;
    private final long handle;

    /**
     * The same where the library reads it; null until it first does. Two threads may each make one, of which either
     * will do: the fields of one are final, so whoever sees it sees all of it.
     */
    private NativeCalls.Process raw;

    /**
     * Creates the process of these numbers.
     *
     * @param pid its pid
     * @param group the number of the process group that it leads, 0 if it leads none
     * @param handle its pidfd (a HANDLE on Windows), -1 if there is none
     */
    public NativeProcess(long pid, long group, long handle) {
        this.pid = pid;
        this.group = group;
        this.handle = handle;
    }

    NativeProcess(NativeCalls.Process raw) {
        this(raw.pid(), raw.group(), raw.handle());
        this.raw = raw;
    }

    /** Its pid. */
    public long pid() {
        return pid;
    }

    /** The number of the process group that it leads, 0 if it leads none. */
    public long group() {
        return group;
    }

    /** Its pidfd (a HANDLE on Windows), -1 if there is none. */
    public long handle() {
        return handle;
    }

    NativeCalls.Process raw() {
        NativeCalls.Process known = raw;
        if (known == null) {
            known = new NativeCalls.Process(pid, group, handle);
            raw = known;
        }
        return known;
    }
}
