package io.github.lastcall.internal.os;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.generated.LastcallNative;
import io.github.lastcall.internal.os.generated.lc_member;
import io.github.lastcall.internal.os.generated.lc_process;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A struct lc_process in native memory, which the C library reads and writes. It exists as long as this object is
 * reachable. It is created before the start, so that a start needs no memory after the child exists.
 *
 * <p>One thread at a time may call {@link #request}, {@link OsPort#act} and the methods that return its results. {@link
 * #pid()}, {@link #group()} and {@link #handle()} do not change between the start and the release; a wait may read them
 * then.
 */
public final class NativeProcess {

    /** {@link #request}: fill in the exit, and leave the process to be reaped. */
    public static final int LOOK = LastcallNative.LC_ACT_LOOK;

    /** {@link #request}: fill in the exit, and reap the process. */
    public static final int REAP = LastcallNative.LC_ACT_REAP;

    /** {@link #request}: send the signal, unless the look before it finds the exit. */
    public static final int SIGNAL = LastcallNative.LC_ACT_SIGNAL;

    /** {@link #request}: before the signal, find the children of the leader that are outside of its group. */
    public static final int ESCAPED = LastcallNative.LC_ACT_ESCAPED;

    /** {@link #request}: after a look and a signal that was sent, wait for the exit, and fill it in. */
    public static final int WAIT = LastcallNative.LC_ACT_WAIT;

    /** {@link #request}: continue a stopped process, and signal a leader that has left its group. */
    public static final int FOLLOW = LastcallNative.LC_ACT_FOLLOW;

    /** {@link #request}: send the signal also to a leader that has left its group. */
    public static final int MOVED = LastcallNative.LC_ACT_MOVED;

    /** {@link #request}: when the exit is known, look whether the group exists. */
    public static final int PROBE = LastcallNative.LC_ACT_PROBE;

    /** {@link #request}: when the group is gone, close the pipes that are empty. */
    public static final int PIPES = LastcallNative.LC_ACT_PIPES;

    /** {@link #request}: when the group is gone and the process reaped, close its handles. */
    public static final int RELEASE = LastcallNative.LC_ACT_RELEASE;

    /** The status of a process that another waiter of this JVM has reaped. */
    public static final ExitStatus LOST = new ExitStatus.Unknown("collected by another waiter in this JVM");

    /** The result of sending a signal. */
    public enum Sent {
        /** At least one process got it. */
        YES,
        /** The look before found that the process has exited. Nothing was sent. */
        EXITED,
        /** No process was there. */
        NOBODY,
        /** This system has no such signal, or no way to deliver it. */
        UNSUPPORTED,
        /** The OS refused it: {@link NativeProcess#sendError()}. */
        REFUSED
    }

    /** Memory for the processes that {@link #ESCAPED} finds. */
    private static final class Room {

        private static final int MEMBERS = 16;

        private final MemorySegment memory =
                Arena.ofAuto().allocate((long) MEMBERS * lc_member.$SIZEOF, Long.BYTES);
        private final ByteBuffer fields = memory.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** A room that is not in use. */
    private static final AtomicReference<Optional<Room>> SPARE_ROOM = new AtomicReference<>(Optional.empty());

    private static final int WORDS = lc_process.$SIZEOF / Long.BYTES;

    /**
     * The structs of several processes, freed when none of them is reachable. One arena for each would add 3 us to a
     * start.
     */
    private static final class Slab {

        private static final int STRUCTS = 32;

        private final MemorySegment memory =
                Arena.ofAuto().allocate((long) STRUCTS * lc_process.$SIZEOF, Long.BYTES);
        private final LongBuffer structs =
                memory.asByteBuffer().order(ByteOrder.nativeOrder()).asLongBuffer();
        private final AtomicInteger taken = new AtomicInteger();
    }

    /** The slab that is not full. If two threads replace it at the same time, a part of one slab stays unused. */
    private static volatile Slab slab = new Slab();

    private final LongBuffer structs;
    private final int first;
    private final long address;

    /** Java's copy of the struct. It is written to native memory before a call and read after it, as a whole. */
    private final long[] words = new long[WORDS];

    /** Read by the thread that scans. */
    private volatile List<Member> known = List.of();

    /** The room of the current call with {@link #ESCAPED}. */
    private Optional<Room> room = Optional.empty();

    /** Creates a process before its start: without a pid, a group, a handle or pipes. */
    public NativeProcess() {
        this(0, 0, -1);
    }

    /**
     * Creates a process with these numbers.
     *
     * @param pid its pid
     * @param group the number of the group that it leads, 0: it leads none
     * @param handle its pidfd (a HANDLE on Windows), -1: there is none
     */
    public NativeProcess(long pid, long group, long handle) {
        Slab mine = slab;
        int index = mine.taken.getAndIncrement();
        if (index >= Slab.STRUCTS) {
            mine = new Slab();
            index = mine.taken.getAndIncrement();
            slab = mine;
        }
        this.structs = mine.structs;
        this.first = index * WORDS;
        this.address = mine.memory.address() + (long) index * lc_process.$SIZEOF;
        put(lc_process.size$OFFSET, lc_process.$SIZEOF);
        words[lc_process.pid$OFFSET / Long.BYTES] = pid;
        words[lc_process.group$OFFSET / Long.BYTES] = group;
        words[lc_process.handle$OFFSET / Long.BYTES] = handle;
        pipes(-1, -1, -1);
        if (pid == 0) {
            // The other fields are zero until the start fills them in.
            structs.put(first, words[0]);
        } else {
            write();
        }
    }

    long address() {
        return address;
    }

    /** Writes the struct, before a call. */
    void write() {
        structs.put(first, words, 0, WORDS);
    }

    /** Reads the struct, after a call. */
    void read() {
        structs.get(first, words, 0, WORDS);
    }

    private long word(int offset) {
        return words[offset / Long.BYTES];
    }

    /** Returns one of the two integers of a word. All supported systems are little-endian. */
    int half(int offset) {
        return (int) (word(offset) >>> offset % Long.BYTES * Byte.SIZE);
    }

    void put(int offset, int value) {
        int shift = offset % Long.BYTES * Byte.SIZE;
        long other = word(offset) & ~(0xffff_ffffL << shift);
        words[offset / Long.BYTES] = other | Integer.toUnsignedLong(value) << shift;
    }

    /** Its pid. It remains readable after the reap, when another process may have it. */
    public long pid() {
        return word(lc_process.pid$OFFSET);
    }

    /** The number of the group that it leads, 0: it leads none. */
    public long group() {
        return word(lc_process.group$OFFSET);
    }

    /** Its pidfd (a HANDLE on Windows), -1: none, or closed. */
    public long handle() {
        return word(lc_process.handle$OFFSET);
    }

    /** The directory of the cgroup that was created for it, 0: none, or closed. */
    public long cgroup() {
        return word(lc_process.cgroup$OFFSET);
    }

    /** Sets the mark of its members, after the start. */
    public void mark(long number) {
        words[lc_process.mark$OFFSET / Long.BYTES] = number;
    }

    long mark() {
        return word(lc_process.mark$OFFSET);
    }

    /** Whether its members have a mark. */
    public boolean isMarked() {
        return mark() != 0;
    }

    /** Sets the known members of a marked process. A scan finds them again even if their marks are lost. */
    public void known(List<Member> members) {
        known = members;
    }

    List<Member> known() {
        return known;
    }

    /** Our end of the pipe to its standard input, -1: there is none, or it was closed. */
    public long in() {
        return word(lc_process.in$OFFSET);
    }

    /** Our end of the pipe from its standard output, -1: there is none, or it was closed. */
    public long out() {
        return word(lc_process.out$OFFSET);
    }

    /** Our end of the pipe from its standard error, -1: there is none, or it was closed. */
    public long err() {
        return word(lc_process.err$OFFSET);
    }

    /**
     * Sets what {@link OsPort#act} has to do.
     *
     * @param act a combination of {@link #LOOK} and the other constants
     * @param scope which processes the signal is sent to
     * @param signal the contract's number of a signal, 0: none
     */
    public void request(int act, Scope scope, int signal) {
        put(lc_process.act$OFFSET, act);
        put(lc_process.scope$OFFSET, scope.number());
        put(lc_process.signal$OFFSET, signal);
        if ((act & ESCAPED) != 0) {
            makeRoom();
        }
    }

    /** The contract's number of the signal. */
    public int signal() {
        return half(lc_process.signal$OFFSET);
    }

    /** Sets which pipes {@link #PIPES} may close, -1: not this one. */
    public void pipes(long in, long out, long err) {
        words[lc_process.in$OFFSET / Long.BYTES] = in;
        words[lc_process.out$OFFSET / Long.BYTES] = out;
        words[lc_process.err$OFFSET / Long.BYTES] = err;
    }

    private void makeRoom() {
        room = SPARE_ROOM.getAndSet(Optional.empty());
        if (room.isEmpty()) {
            room = Optional.of(new Room());
        }
        words[lc_process.escaped$OFFSET / Long.BYTES] = room.get().memory.address();
        put(lc_process.escaped_room$OFFSET, Room.MEMBERS);
    }

    /** Sets the handle of /proc/loadavg for {@link #ESCAPED}, 0: none. */
    public void lastPid(long file) {
        words[lc_process.last_pid$OFFSET / Long.BYTES] = file;
    }

    /** Sets how long {@link #WAIT} may wait, in nanoseconds. */
    public void waitAtMost(long nanos) {
        words[lc_process.wait_ns$OFFSET / Long.BYTES] = nanos;
    }

    /** How long {@link #WAIT} may wait, in nanoseconds. */
    public long longestWait() {
        return word(lc_process.wait_ns$OFFSET);
    }

    /**
     * Returns the processes that {@link #ESCAPED} has found. To be called once after the call; the caller has to close
     * the handles.
     */
    public List<Member> escaped() {
        int count = half(lc_process.escaped_count$OFFSET);
        List<Member> escaped = count == 0 ? List.of() : MemberFields.members(room.get().fields, count);
        SPARE_ROOM.set(room);
        room = Optional.empty();
        put(lc_process.escaped_room$OFFSET, 0);
        return escaped;
    }

    /** The result of sending the signal. */
    public Sent sent() {
        long sent = word(lc_process.sent$OFFSET);
        if (sent >= 0) {
            return sent == 0 ? Sent.YES : Sent.EXITED;
        }
        int category = NativeCalls.category(sent);
        if (category == LastcallNative.LC_ERR_GONE) {
            return Sent.NOBODY;
        }
        return category == LastcallNative.LC_ERR_UNSUPPORTED ? Sent.UNSUPPORTED : Sent.REFUSED;
    }

    /** Whether {@link #WAIT} has waited: the process ran, and the signal was sent. */
    public boolean hasWaited() {
        return !lookFailed() && sent() == Sent.YES;
    }

    /** Why the signal was refused. */
    public OsException sendError() {
        return NativeCalls.error(word(lc_process.sent$OFFSET));
    }

    /** Whether the look has failed, so that the exit is not known. */
    public boolean lookFailed() {
        return word(lc_process.looked$OFFSET) < 0;
    }

    /** Why the look failed. */
    public OsException lookError() {
        return NativeCalls.error(word(lc_process.looked$OFFSET));
    }

    /** What the last look has seen of the exit. */
    public Exit exit() {
        int kind = half(lc_process.kind$OFFSET);
        if (kind == LastcallNative.LC_EXIT_RUNNING) {
            return Exit.RUNNING;
        }
        return kind == LastcallNative.LC_EXIT_HELD ? Exit.HELD : Exit.ENDED;
    }

    /** The status of a process whose exit is known. */
    public ExitStatus status() {
        int kind = half(lc_process.kind$OFFSET);
        int code = half(lc_process.code$OFFSET);
        if (kind == LastcallNative.LC_EXIT_EXITED) {
            return new ExitStatus.Exited(code);
        }
        if (kind == LastcallNative.LC_EXIT_SIGNALED) {
            int signal = half(lc_process.exit_signal$OFFSET);
            return new ExitStatus.Signaled(code, Signals.named(signal), half(lc_process.core$OFFSET) != 0);
        }
        return LOST;
    }

    /** Whether it was reaped, by this library or by another waiter. Another process may have its pid then. */
    public boolean isReaped() {
        return half(lc_process.reaped$OFFSET) != 0;
    }

    /** What the last probe has seen. */
    public GroupScan.State groupState() {
        return GroupScan.State.of(half(lc_process.group_state$OFFSET));
    }

    /** Records that its group is gone or not needed any more, so that {@link #RELEASE} is allowed. */
    public void groupIsGone() {
        put(lc_process.group_state$OFFSET, LastcallNative.LC_GROUP_EMPTY);
    }

    /** Records that it must not be reaped here and is not needed any more, so that {@link #RELEASE} is allowed. */
    public void letGo() {
        if (exit() != Exit.ENDED) {
            put(lc_process.kind$OFFSET, LastcallNative.LC_EXIT_LOST);
        }
        put(lc_process.reaped$OFFSET, 1);
    }

    @Override
    public String toString() {
        return "process " + pid();
    }
}
