package io.github.lastcall.internal.os;

import io.github.lastcall.OsException;
import io.github.lastcall.UnixSignal;
import java.util.List;
import java.util.Optional;

/**
 * What this library needs of the operating system, without a type of any foreign interface in it. One implementation
 * calls the C library; tests wrap that one to inject what an OS will not do on demand.
 *
 * <p>The methods say what {@code native/include/lastcall.h} says of the functions behind them. None may be called with
 * a handle that another thread may close meanwhile, and only {@link #await}, {@link #awaitMembers},
 * {@link #spawn} and {@link #open} block.
 */
public interface OsPort {

    /** {@link #await}: the process has exited. */
    int EXITED = 1;

    /** {@link #await}: the cancel handle was fired. */
    int CANCELLED = 2;

    /** {@link #await}: the pipe is ready, or has failed or hung up. */
    int PIPE = 4;

    /** {@link #await}: ask for a pipe that can be read. */
    int READABLE = 1;

    /** {@link #await}: ask for a pipe that can be written. */
    int WRITABLE = 2;

    /** {@link #read}, {@link #write}: nothing to read or no room to write just now. */
    int AGAIN = -1;

    /** {@link #open}: how. */
    enum OpenMode { READ, TRUNCATE, APPEND }

    /** {@link #pipe}: which way. */
    enum Direction { FROM_CHILD, TO_CHILD }

    /** Starts a process, as leader of its own group if the request says so. */
    NativeProcess spawn(SpawnRequest request) throws SpawnFailure;

    /**
     * Sends a signal. The caller sees to it that the process has not been reaped and is not meanwhile,
     * unless it is for a group that {@linkplain #groupOutlivesReap outlives} that.
     *
     * @return whether anybody got it; false: nobody was there any more
     */
    boolean signal(NativeProcess process, Scope scope, UnixSignal signal) throws OsException;

    /**
     * Sends CTRL_BREAK_EVENT to the group of a leader, by the rules of {@link #signal}. Where the group has a console
     * of its own a program is started to do it, and waited for up to a second.
     */
    Delivery sendBreak(NativeProcess leader) throws OsException;

    /**
     * Waits for the first of exit, cancellation, pipe and timeout. Blocks the calling platform thread.
     *
     * @param process whose exit, empty: nobody's
     * @param cancel a cancel handle, -1: none
     * @param pipe a pipe, -1: none
     * @param events {@link #READABLE} or {@link #WRITABLE}
     * @param timeoutNanos nanoseconds, {@link Long#MAX_VALUE} for ever
     * @return the bits {@link #EXITED}, {@link #CANCELLED}, {@link #PIPE}; 0: the timeout
     */
    int await(Optional<NativeProcess> process, long cancel, long pipe, int events, long timeoutNanos)
            throws OsException;

    /** Looks whether the process has exited and leaves it to be reaped. By one thread at a time. */
    Exit peek(NativeProcess process) throws OsException;

    /**
     * As {@link #peek}, and takes an exited process off the table: its number may belong to another afterwards. By one
     * thread at a time.
     */
    Exit reap(NativeProcess process) throws OsException;

    /**
     * Whether a group can be named, and signalled, after its leader was reaped. If not the leader has to wait for it.
     */
    boolean groupOutlivesReap(NativeProcess leader);

    /** Whether the group has any member, zombies and an unreaped leader included. */
    boolean groupExists(NativeProcess leader) throws OsException;

    /**
     * Looks through all processes once for the members of several groups.
     *
     * @param facts whether to look at what they do with signals
     * @return what was seen of each; empty: the OS does not let us see all processes
     */
    Optional<List<GroupScan>> scan(List<NativeProcess> leaders, boolean facts) throws OsException;

    /**
     * Waits until all members have exited ({@link #EXITED}), or for cancellation or timeout. Blocks as {@link #await}.
     */
    int awaitMembers(List<Member> members, long cancel, long timeoutNanos) throws OsException;

    /** Makes a cancel handle. */
    long openCancel() throws OsException;

    /** Wakes every {@link #await} on the handle, now and later, until it is drained. */
    void fireCancel(long cancel) throws OsException;

    /** Takes the wake-ups back. */
    void drainCancel(long cancel) throws OsException;

    /** Lets go of what the process is known by. To be called once, when it was reaped and nobody uses it any more. */
    void release(NativeProcess process);

    /** Makes a monitor: one thread waits there for many. */
    long openMonitor() throws OsException;

    /**
     * Watches for the exit of a process, or for a pipe to be ready: {@link #awaitMonitor} tells it once. Takes effect
     * on a wait under way. To be taken back before the handle is closed.
     *
     * @param process whose exit, empty: a pipe
     * @param pipe the pipe, -1: a process
     * @param events {@link #READABLE} or {@link #WRITABLE}, 0: a process
     * @param token what tells it
     * @return false: this cannot be watched; look from time to time instead
     */
    boolean watch(long monitor, Optional<NativeProcess> process, long pipe, int events, long token)
            throws OsException;

    /** Takes back a watch; one that was never made is no error. */
    void unwatch(long monitor, Optional<NativeProcess> process, long pipe);

    /**
     * Waits until something is told, and returns the tokens; none: the timeout. Blocks the calling platform thread.
     */
    long[] awaitMonitor(long monitor, long timeoutNanos) throws OsException;

    /** Makes a pipe. */
    PipeEnds pipe(Direction direction) throws OsException;

    /** Opens a file for a redirect. */
    long open(byte[] path, OpenMode mode) throws OsException;

    /** Reads what is there: the number of bytes, 0 at the end, {@link #AGAIN}. */
    int read(long handle, byte[] buffer, int offset, int length) throws OsException;

    /** Writes what there is room for: the number of bytes, {@link #AGAIN}. */
    int write(long handle, byte[] buffer, int offset, int length) throws OsException;

    /** The number of bytes that can be read at once. */
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
