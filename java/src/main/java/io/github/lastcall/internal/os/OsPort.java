package io.github.lastcall.internal.os;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.generated.LastcallNative;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What this library needs from the operating system, without types of java.lang.foreign. One implementation calls the C
 * library; tests wrap it to inject failures.
 *
 * <p>{@code native/include/lastcall.h} documents the functions behind these methods. A handle must not be closed during
 * a call. Only {@link #await}, {@link #awaitMonitor}, {@link #start}, {@link #sendBreakToConsole}, {@link #open}, and
 * {@link #act} with {@link NativeProcess#WAIT}, block longer than a millisecond.
 */
public interface OsPort {

    /** {@link #await}: the process has exited. */
    int EXITED = LastcallNative.LC_WAIT_EXITED;

    /** {@link #await}: the cancel handle was fired. */
    int CANCELLED = LastcallNative.LC_WAIT_CANCELLED;

    /** {@link #await}: the pipe is ready, or has failed or hung up. */
    int PIPE = LastcallNative.LC_WAIT_PIPE;

    /** {@link #await}, {@link #watch}: a pipe that can be read. */
    int READABLE = LastcallNative.LC_PIPE_READABLE;

    /** {@link #await}, {@link #watch}: a pipe that can be written. */
    int WRITABLE = LastcallNative.LC_PIPE_WRITABLE;

    /** {@link #watch}: a cancel handle that was fired. */
    int FIRED = LastcallNative.LC_CANCEL_FIRED;

    /** {@link #watch}: a change in a cgroup's file of events, which must have been read before. */
    int CHANGED = LastcallNative.LC_CGROUP_CHANGED;

    /** {@link #read}, {@link #write}: nothing to read or no room to write now. */
    int AGAIN = -1;

    /** {@link #read(long, Consumer)}: 64 KiB, what a pipe usually holds. */
    int MOST_READ = 65_536;

    /** {@link #open}: how. */
    enum OpenMode { READ, TRUNCATE, APPEND, DIRECTORY }

    /** Starts a process, as leader of its own group if the request says so, and fills in its numbers and pipes. */
    void start(SpawnRequest request, NativeProcess process) throws SpawnFailure;

    /**
     * Fills in a running process that was not started by this library: its pid and handle, and its group if the scope
     * is the group. It can be looked at and signalled like a child, and is never reaped.
     *
     * @throws OsException there is no such process or group, or this system cannot do it
     * @throws IllegalArgumentException it is this process, its group, or 1
     */
    void attach(long pid, Scope scope, NativeProcess process) throws OsException;

    /**
     * Does what was {@linkplain NativeProcess#request requested}. Does not block, except with {@link
     * NativeProcess#WAIT}.
     */
    void act(NativeProcess process);

    /** Whether the OS has handles that identify one process (pidfds). */
    boolean hasHandles();

    /** Whether a group can be signalled after the reap of its leader. If not, the leader has to stay unreaped. */
    boolean groupOutlivesReap(NativeProcess leader);

    /**
     * Sends CTRL_BREAK_EVENT to a group with its own console, where the library has returned UNSUPPORTED. It starts a
     * helper program and waits for it up to a second.
     *
     * @return {@link NativeProcess.Sent#UNSUPPORTED} if there is no console to send it through, or no group
     */
    NativeProcess.Sent sendBreakToConsole(NativeProcess leader) throws OsException;

    /**
     * Waits for the exit of a process, cancellation, pipe or timeout, whichever is first. Blocks the calling thread.
     *
     * @param process the process whose exit to wait for; empty: none
     * @param cancel a cancel handle, -1: none
     * @param pipe a pipe, -1: none
     * @param events {@link #READABLE} or {@link #WRITABLE}
     * @param timeoutNanos nanoseconds, {@link Long#MAX_VALUE}: for ever
     * @return the bits {@link #EXITED}, {@link #CANCELLED}, {@link #PIPE}; 0: the timeout
     */
    int await(Optional<NativeProcess> process, long cancel, long pipe, int events, long timeoutNanos)
            throws OsException;

    /**
     * Scans all processes once for the members of several groups.
     *
     * @param signals whether to read what the members do with signals
     * @return one result for each leader; empty: not all processes can be seen
     */
    Optional<List<GroupScan>> scan(List<NativeProcess> leaders, boolean signals) throws OsException;

    /** Whether any child of this JVM has exited and is not reaped. */
    boolean hasExitedChild();

    /** Whether this JVM inherits the children of processes that have exited: it is pid 1, or a subreaper. */
    boolean adoptsOrphans();

    /** Creates a cancel handle. */
    long openCancel() throws OsException;

    /** Wakes every {@link #await} on the handle, now and later, until it is drained. */
    void fireCancel(long cancel) throws OsException;

    /** Removes the wake-ups. */
    void drainCancel(long cancel) throws OsException;

    /** Creates an alarm: a handle for a monitor that fires by itself. {@link #drainCancel} drains it. */
    long openAlarm() throws OsException;

    /** Lets the alarm fire once after this time, in place of a time that was set before; or earlier. */
    void setAlarm(long alarm, long afterNanos) throws OsException;

    /** Creates a monitor, in which one thread waits for many events. */
    long openMonitor() throws OsException;

    /**
     * Watches for the exit of a process or an event of a handle: {@link #awaitMonitor} returns the token once. A
     * current wait notices it. The watch must be removed before the handle is closed.
     *
     * @param process the process whose exit to watch; empty: a handle is watched
     * @param handle the pipe or cancel handle, -1: a process is watched
     * @param events {@link #READABLE}, {@link #WRITABLE}, {@link #FIRED} or {@link #CHANGED}, 0: a process is watched
     * @param token the token for {@link #awaitMonitor}, not 0
     * @return false: it cannot be watched; the caller has to look at intervals
     */
    boolean watch(long monitor, Optional<NativeProcess> process, long handle, int events, long token)
            throws OsException;

    /** Removes a watch. A watch that does not exist is no error. */
    void unwatch(long monitor, Optional<NativeProcess> process, long handle);

    /**
     * Waits for an event of a watch. Blocks the calling platform thread.
     *
     * @param tokens receives the tokens
     * @return how many; 0: the timeout
     */
    int awaitMonitor(long monitor, long[] tokens, long timeoutNanos) throws OsException;

    /** Opens a file for a redirect. */
    long open(byte[] path, OpenMode mode) throws OsException;

    /**
     * Creates a pipe between two children.
     *
     * @return the handle to read and the handle to write
     */
    long[] openPipe() throws OsException;

    /** Enlarges a pipe to 256 KiB if the OS allows it. */
    void enlargePipe(long handle);

    /** Reads what is there: the number of bytes, 0 at the end, or {@link #AGAIN}. */
    int read(long handle, byte[] buffer, int offset, int length) throws OsException;

    /**
     * Reads what is there, at most {@link #MOST_READ}.
     *
     * @param taker gets the bytes if there are any; the buffer is valid during the call only
     * @return their number, 0 at the end, {@link #AGAIN}
     */
    int read(long handle, Consumer<ByteBuffer> taker) throws OsException;

    /** Writes as much as fits: the number of bytes, or {@link #AGAIN}. */
    int write(long handle, byte[] buffer, int offset, int length) throws OsException;

    /** The number of bytes that can be read at once, {@link Integer#MAX_VALUE} at most. */
    int available(long handle) throws OsException;

    /** Whether the handle is a terminal. */
    boolean isTerminal(long handle);

    /** Closes a handle. After the call the handle is invalid in any case, so there is no error to report. */
    void close(long handle);

    /**
     * Closes the handles of members. Those that have exited outside of the group are reaped before if this JVM has
     * inherited them; in the group a probe does that.
     */
    default void close(List<Member> members) {
        boolean adopts = !members.isEmpty() && adoptsOrphans();
        for (Member member : members) {
            if (member.handle() >= 0) {
                if (adopts && member.isOutside()) {
                    reap(member);
                }
                close(member.handle());
            }
        }
    }

    private void reap(Member member) {
        NativeProcess orphan = member.process();
        orphan.request(NativeProcess.REAP, Scope.LEADER, 0);
        act(orphan);
    }
}
