package io.github.lastcall.internal.os;

import io.github.lastcall.OsException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What this library needs of the operating system, without a type of any foreign interface in it. One implementation
 * calls the C library; tests wrap that one to inject what an OS will not do on demand.
 *
 * <p>The methods say what {@code native/include/lastcall.h} says of the functions behind them. None may be called with
 * a handle that another thread may close meanwhile, and only {@link #await}, {@link #awaitMonitor}, {@link #start},
 * {@link #sendBreakToConsole} and {@link #open} block longer than a millisecond.
 */
public interface OsPort {

    /** {@link #await}: the process has exited. */
    int EXITED = 1;

    /** {@link #await}: the cancel handle was fired. */
    int CANCELLED = 2;

    /** {@link #await}: the pipe is ready, or has failed or hung up. */
    int PIPE = 4;

    /** {@link #await}, {@link #watch}: a pipe that can be read. */
    int READABLE = 1;

    /** {@link #await}, {@link #watch}: a pipe that can be written. */
    int WRITABLE = 2;

    /** {@link #watch}: a cancel handle that was fired. */
    int FIRED = 4;

    /** {@link #watch}: the events of a cgroup, which were read, have changed. */
    int CHANGED = 8;

    /** {@link #read}, {@link #write}: nothing to read or no room to write just now. */
    int AGAIN = -1;

    /** {@link #read(long, Consumer)}: 64 KiB, what a pipe usually holds. */
    int MOST_READ = 65_536;

    /** {@link #open}: how. */
    enum OpenMode { READ, TRUNCATE, APPEND, DIRECTORY }

    /** Starts a process, as leader of its own group if the request says so, and fills in its numbers and pipes. */
    void start(SpawnRequest request, NativeProcess process) throws SpawnFailure;

    /**
     * Fills in a running process that was not started here: its pid and handle, and the group that it leads if the
     * scope is the group. It is looked at and signalled like a child, and never reaped.
     *
     * @throws OsException there is no such process or group, or this system cannot do it
     * @throws IllegalArgumentException it is this process, its group, or 1
     */
    void attach(long pid, Scope scope, NativeProcess process) throws OsException;

    /**
     * Does to the process what was {@linkplain NativeProcess#request requested}. Does not block, but for a millisecond
     * where {@link NativeProcess#WAIT} is.
     */
    void act(NativeProcess process);

    /** Whether a process can be held by a handle that stands for it and no other. */
    boolean hasHandles();

    /** Whether a group can be signalled after its leader was reaped. If not, the leader has to wait for it. */
    boolean groupOutlivesReap(NativeProcess leader);

    /**
     * Sends CTRL_BREAK_EVENT to a group that has a console of its own, as the library has said that it cannot: by a
     * program that is started for it and waited for up to a second.
     */
    Delivery sendBreakToConsole(NativeProcess leader) throws OsException;

    /**
     * Waits for the exit of a process, cancellation, pipe or timeout, whichever is first. Blocks the calling thread.
     *
     * @param process whose exit; empty: nobody's
     * @param cancel a cancel handle, -1: none
     * @param pipe a pipe, -1: none
     * @param events {@link #READABLE} or {@link #WRITABLE}
     * @param timeoutNanos nanoseconds, {@link Long#MAX_VALUE} for ever
     * @return the bits {@link #EXITED}, {@link #CANCELLED}, {@link #PIPE}; 0: the timeout
     */
    int await(Optional<NativeProcess> process, long cancel, long pipe, int events, long timeoutNanos)
            throws OsException;

    /**
     * Looks through all processes once for the members of several groups.
     *
     * @param facts whether to look at what they do with signals
     * @return what was seen of each; empty: the OS does not let us see all processes
     */
    Optional<List<GroupScan>> scan(List<NativeProcess> leaders, boolean facts) throws OsException;

    /** Whether any child of this JVM has exited and is not reaped. */
    boolean hasExitedChild();

    /** Makes a cancel handle. */
    long openCancel() throws OsException;

    /** Wakes every {@link #await} on the handle, now and later, until it is drained. */
    void fireCancel(long cancel) throws OsException;

    /** Takes the wake-ups back. */
    void drainCancel(long cancel) throws OsException;

    /** Makes a monitor: one thread waits there for many. */
    long openMonitor() throws OsException;

    /**
     * Watches for the exit of a process, or for a handle to be ready: {@link #awaitMonitor} gives the token once. Takes
     * effect on a wait under way. To be taken back before the handle is closed.
     *
     * @param process whose exit; empty: a handle
     * @param handle the pipe or cancel handle, -1: a process
     * @param events {@link #READABLE}, {@link #WRITABLE} or {@link #FIRED}, 0: a process
     * @param token what {@link #awaitMonitor} gives, not 0
     * @return false: this cannot be watched; look from time to time instead
     */
    boolean watch(long monitor, Optional<NativeProcess> process, long handle, int events, long token)
            throws OsException;

    /** Takes back a watch; one that was never made is no error. */
    void unwatch(long monitor, Optional<NativeProcess> process, long handle);

    /**
     * Waits until a watch has something to say. Blocks the calling platform thread.
     *
     * @param tokens where the tokens are put
     * @return how many; 0: the timeout
     */
    int awaitMonitor(long monitor, long[] tokens, long timeoutNanos) throws OsException;

    /** Opens a file for a redirect. */
    long open(byte[] path, OpenMode mode) throws OsException;

    /**
     * Makes a pipe between two children.
     *
     * @return the handle to read, and that to write
     */
    long[] openPipe() throws OsException;

    /** Lets a pipe hold 256 KiB, where the OS can and the user may; else it stays as it is. */
    void enlargePipe(long handle);

    /** Reads what is there: the number of bytes, 0 at the end, {@link #AGAIN}. */
    int read(long handle, byte[] buffer, int offset, int length) throws OsException;

    /**
     * Reads what is there, at most {@link #MOST_READ}.
     *
     * @param taker is given the bytes if there are any; the buffer is for use in the call only
     * @return their number, 0 at the end, {@link #AGAIN}
     */
    int read(long handle, Consumer<ByteBuffer> taker) throws OsException;

    /** Writes what there is room for: the number of bytes, {@link #AGAIN}. */
    int write(long handle, byte[] buffer, int offset, int length) throws OsException;

    /** The number of bytes that can be read at once, as far as an int goes. */
    int available(long handle) throws OsException;

    /** Whether the handle is a terminal. */
    boolean isTerminal(long handle);

    /**
     * The environment that this JVM was started with, as a block of entries that each end in NUL; empty: not known.
     *
     * @throws OsException it may be known another time
     */
    byte[] environment() throws OsException;

    /** Closes a handle. The handle is gone whatever the OS says, so there is nothing to report. */
    void close(long handle);
}
