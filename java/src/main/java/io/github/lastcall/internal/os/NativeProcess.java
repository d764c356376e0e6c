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
 * A process where the C library reads and writes it: a struct lc_process in native memory, for as long as this object
 * is reachable. It is made before the start, so that a start needs no memory once the child exists.
 *
 * <p>{@link OsPort#act} is for one thread at a time, which also is the only one to call {@link #request} and to read
 * what became of it. {@link #pid()}, {@link #group()} and {@link #handle()} do not change after the start until the
 * release; a wait may read them meanwhile.
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

    /** {@link #request}: after a look and a signal that was sent, wait a millisecond for the exit, and fill it in. */
    public static final int WAIT = LastcallNative.LC_ACT_WAIT;

    /** {@link #request}: let a stopped process go on, and signal a leader that has left its group. */
    public static final int FOLLOW = LastcallNative.LC_ACT_FOLLOW;

    /** {@link #request}: send the signal to a leader, too, that has left its group. */
    public static final int MOVED = LastcallNative.LC_ACT_MOVED;

    /** {@link #request}: once the exit is known, ask whether the group exists. */
    public static final int PROBE = LastcallNative.LC_ACT_PROBE;

    /** {@link #request}: once the group is gone, close the pipes in which there is nothing. */
    public static final int PIPES = LastcallNative.LC_ACT_PIPES;

    /** {@link #request}: once the group is gone and the process reaped, close what it is known by. */
    public static final int RELEASE = LastcallNative.LC_ACT_RELEASE;

    /** What the library answers with where another waiter of this process took the status. */
    public static final ExitStatus LOST = new ExitStatus.Unknown("collected by another waiter in this JVM");

    /** What became of a signal. */
    public enum Sent {
        /** Somebody got it. */
        YES,
        /** The look before it found that the process has exited: nothing was sent. */
        EXITED,
        /** Nobody was there. */
        NOBODY,
        /** This system has no such signal, or no way to deliver it. */
        UNSUPPORTED,
        /** The OS refused: {@link NativeProcess#sendError()}. */
        REFUSED
    }

    /** What {@link #ESCAPED} fills in. */
    private static final class Room {

        private static final int MEMBERS = 16;

        private final MemorySegment memory =
                Arena.ofAuto().allocate((long) MEMBERS * lc_member.$SIZEOF, Long.BYTES);
        private final ByteBuffer fields = memory.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** One that nobody uses. */
    private static final AtomicReference<Optional<Room>> SPARE_ROOM = new AtomicReference<>(Optional.empty());

    private static final int WORDS = lc_process.$SIZEOF / Long.BYTES;

    /** The structs of several, freed when none of them is reachable: an arena for each takes a start 3 us. */
    private static final class Slab {

        private static final int STRUCTS = 32;

        private final MemorySegment memory =
                Arena.ofAuto().allocate((long) STRUCTS * lc_process.$SIZEOF, Long.BYTES);
        private final LongBuffer structs =
                memory.asByteBuffer().order(ByteOrder.nativeOrder()).asLongBuffer();
        private final AtomicInteger taken = new AtomicInteger();
    }

    /** The one that is not full. Two threads that each replace it leave a part of one unused, no more. */
    private static volatile Slab slab = new Slab();

    private final LongBuffer structs;
    private final int first;
    private final long address;

    /** The struct as Java sees it: native memory is read and written as a whole, before and after a call. */
    private final long[] words = new long[WORDS];

    /** By whatever thread a scan is made. */
    private volatile List<Member> known = List.of();

    /** Of a call that finds who has escaped. */
    private Optional<Room> room = Optional.empty();

    /** Creates the process of a start that is to come: without a pid, a group, a handle or pipes. */
    public NativeProcess() {
        this(0, 0, -1);
    }

    /**
     * Creates the process of these numbers.
     *
     * @param pid its pid
     * @param group what the group is known by that it leads, 0: it leads none
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
            // The rest is zero, and a start fills it in.
            structs.put(first, words[0]);
        } else {
            write();
        }
    }

    long address() {
        return address;
    }

    /** Before a call. */
    void write() {
        structs.put(first, words, 0, WORDS);
    }

    /** After a call. */
    void read() {
        structs.get(first, words, 0, WORDS);
    }

    private long word(int offset) {
        return words[offset / Long.BYTES];
    }

    /** One of the two integers of a word. Every system that the library is made for is little-endian. */
    private int half(int offset) {
        return (int) (word(offset) >>> offset % Long.BYTES * Byte.SIZE);
    }

    private void put(int offset, int value) {
        int shift = offset % Long.BYTES * Byte.SIZE;
        long other = word(offset) & ~(0xffff_ffffL << shift);
        words[offset / Long.BYTES] = other | Integer.toUnsignedLong(value) << shift;
    }

    /** Its pid. It stays readable after the reap, when it may be another's. */
    public long pid() {
        return word(lc_process.pid$OFFSET);
    }

    /** What the group is known by that it leads, 0: it leads none. */
    public long group() {
        return word(lc_process.group$OFFSET);
    }

    /** Its pidfd (a HANDLE on Windows), -1: there is none any more. */
    public long handle() {
        return word(lc_process.handle$OFFSET);
    }

    /** The directory of the cgroup that was made for it, 0: there is none any more. */
    public long cgroup() {
        return word(lc_process.cgroup$OFFSET);
    }

    /** Says by which mark its members are known, after the start. */
    public void mark(long number) {
        words[lc_process.mark$OFFSET / Long.BYTES] = number;
    }

    long mark() {
        return word(lc_process.mark$OFFSET);
    }

    /** Whether its members are known by a mark. */
    public boolean isMarked() {
        return mark() != 0;
    }

    /** Takes in who belongs to a marked process; a scan finds those again, whatever becomes of their marks. */
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
     * Says what {@link OsPort#act} is to do.
     *
     * @param act {@link #LOOK} and the like, together
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

    /** What {@link OsPort#act} is to do. */
    public int requested() {
        return half(lc_process.act$OFFSET);
    }

    /** Which processes the signal is sent to. */
    public Scope scope() {
        return half(lc_process.scope$OFFSET) == Scope.GROUP.number() ? Scope.GROUP : Scope.LEADER;
    }

    /** The contract's number of the signal. */
    public int signal() {
        return half(lc_process.signal$OFFSET);
    }

    /** Says which pipes {@link #PIPES} may close, -1: not this one. */
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

    /** Gives {@link #ESCAPED} the handle of /proc/loadavg, 0: there is none. */
    public void lastPid(long file) {
        words[lc_process.last_pid$OFFSET / Long.BYTES] = file;
    }

    /** Those that {@link #ESCAPED} has found, to be asked for once. Their handles are the caller's to close. */
    public List<Member> escaped() {
        int count = half(lc_process.escaped_count$OFFSET);
        List<Member> escaped = count == 0 ? List.of() : MemberFields.members(room.get().fields, 0, count);
        SPARE_ROOM.set(room);
        room = Optional.empty();
        put(lc_process.escaped_room$OFFSET, 0);
        return escaped;
    }

    /** What became of the signal. */
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

    /** Whether {@link #WAIT} has waited: the look found it running, and the signal was sent. */
    public boolean hasWaited() {
        return !lookFailed() && sent() == Sent.YES;
    }

    /** Why the signal was refused. */
    public OsException sendError() {
        return NativeCalls.error(word(lc_process.sent$OFFSET));
    }

    /** For tests: as if the OS had refused the signal. */
    public void failSend(int code) {
        words[lc_process.sent$OFFSET / Long.BYTES] = NativeCalls.result(LastcallNative.LC_ERR_DENIED, code);
    }

    /** For tests: as if the look had failed. */
    public void failLook(int code) {
        words[lc_process.looked$OFFSET / Long.BYTES] = NativeCalls.result(LastcallNative.LC_ERR_OTHER, code);
    }

    /** Whether the look failed, and nothing is known of the exit. */
    public boolean lookFailed() {
        return word(lc_process.looked$OFFSET) < 0;
    }

    /** Why the look failed. */
    public OsException lookError() {
        return NativeCalls.error(word(lc_process.looked$OFFSET));
    }

    /** How the process ended, as far as the last look has seen. */
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

    /** Whether it was reaped, by us or by another waiter: its number may be another's. */
    public boolean isReaped() {
        return half(lc_process.reaped$OFFSET) != 0;
    }

    /** What the last probe saw. */
    public GroupScan.State groupState() {
        return GroupScan.State.of(half(lc_process.group_state$OFFSET));
    }

    /** Takes in that its group is gone, or that nobody will ask for it: {@link #RELEASE} may follow. */
    public void groupIsGone() {
        put(lc_process.group_state$OFFSET, LastcallNative.LC_GROUP_EMPTY);
    }

    /** Takes in that it is nobody to be reaped here, and that nobody will ask for it: {@link #RELEASE} may follow. */
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
