package io.github.lastcall.internal.os;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.generated.LastcallNative;
import io.github.lastcall.internal.os.generated.lc_group;
import io.github.lastcall.internal.os.generated.lc_member;
import io.github.lastcall.internal.os.generated.lc_process;
import io.github.lastcall.internal.os.generated.lc_scan;
import io.github.lastcall.internal.os.generated.lc_spawn_request;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Consumer;

/**
 * The functions of {@code lastcall.h} with Java's types, one method each; the results are those of the header,
 * undecoded. The memory of a call exists during the call, except the {@link Buffer}.
 *
 * <p>All calls go through {@code lc_invoke()}: the JVM generates code for each signature of a downcall when it is first
 * linked, which takes milliseconds. Addresses are passed as numbers, so the arena that they come from has to outlive
 * the call.
 *
 * <p>No call is {@code critical}: a call that enters the kernel is not faster with it, and a call that blocks would
 * delay the garbage collector.
 */
final class NativeCalls {

    /** A size that is enough for every name, by the header. */
    private static final int NAME_LENGTH = 128;

    private static final int ABI_SHIFT = 32;

    /** How many spare elements the library needs at the beginning of lc_spawn_request.argv. */
    private static final int SPARE = 1;

    private NativeCalls() {}

    // Arguments that a function does not have are 0.

    private static long invoke(int function) {
        return LastcallNative.lc_invoke(function, 0, 0, 0, 0, 0, 0);
    }

    private static long invoke(int function, long a) {
        return LastcallNative.lc_invoke(function, a, 0, 0, 0, 0, 0);
    }

    private static long invoke(int function, long a, long b) {
        return LastcallNative.lc_invoke(function, a, b, 0, 0, 0, 0);
    }

    private static long invoke(int function, long a, long b, long c) {
        return LastcallNative.lc_invoke(function, a, b, c, 0, 0, 0);
    }

    private static long invoke(int function, long a, long b, long c, long d) {
        return LastcallNative.lc_invoke(function, a, b, c, d, 0, 0);
    }

    private static long invoke(int function, long a, long b, long c, long d, long e) {
        return LastcallNative.lc_invoke(function, a, b, c, d, e, 0);
    }

    // The layout of an error is in lastcall.h.

    static int category(long result) {
        return (int) (-result >>> 32) & 0xff;
    }

    static int stage(long result) {
        return (int) (-result >>> 40) & 0xff;
    }

    static OsException error(long result) {
        int code = (int) -result;
        int call = (int) (-result >>> 48);
        return new OsException(
                code,
                name(LastcallNative.LC_NAME_ERROR, code),
                name(LastcallNative.LC_NAME_CALL, call),
                text(result, code));
    }

    /** Without a code of the OS there is only the category. */
    private static String text(long result, int code) {
        if (code == 0 && category(result) == LastcallNative.LC_ERR_UNSUPPORTED) {
            return "this system cannot do it";
        }
        return code == 0 ? "" : name(LastcallNative.LC_NAME_TEXT, code);
    }

    static long check(long result) throws OsException {
        if (result < 0) {
            throw error(result);
        }
        return result;
    }

    private static String name(int what, int code) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(NAME_LENGTH);
            long length = invoke(LastcallNative.LC_FUNCTION_NAME, what, code, name.address(), NAME_LENGTH);
            return new String(bytes(name, length), StandardCharsets.UTF_8);
        }
    }

    /**
     * lc_init() with the features to disable. Returns the number of the library's contract and the features in use, or
     * an error.
     */
    static long init(long disable) {
        return invoke(LastcallNative.LC_FUNCTION_INIT, disable);
    }

    /** The number of the contract in a result of {@link #init}. */
    static long abi(long initialized) {
        return initialized >>> ABI_SHIFT;
    }

    /** lc_start(). */
    static long start(SpawnRequest request, NativeProcess process) {
        Block block = block(request);
        try {
            long result = invoke(LastcallNative.LC_FUNCTION_START, block.address(), process.address());
            process.read();
            return result;
        } finally {
            block.give();
            Reference.reachabilityFence(request);
            Reference.reachabilityFence(process);
        }
    }

    private static Block block(SpawnRequest request) {
        List<byte[]> candidates = request.candidates();
        List<byte[]> arguments = request.arguments();
        Optional<byte[]> directory =
                request.directory().isPresent() ? request.directory() : JobControl.replacedDirectory();
        List<Integer> kept = JobControl.kept();
        Block block = Block.take(
                lc_spawn_request.$SIZEOF / Long.BYTES,
                candidates.size() + 1 + SPARE + arguments.size() + 1 + Block.wordsFor(kept),
                Block.room(candidates) + Block.room(arguments)
                        + (directory.isPresent() ? Block.room(directory.get()) : 0));
        long flags = request.newGroup() ? LastcallNative.LC_SPAWN_NEW_GROUP : 0;
        block.set(lc_spawn_request.size$OFFSET, flags << Integer.SIZE | lc_spawn_request.$SIZEOF);
        block.set(lc_spawn_request.candidates$OFFSET, block.strings(0, candidates));
        block.set(lc_spawn_request.argv$OFFSET, block.strings(SPARE, arguments));
        block.set(lc_spawn_request.envp$OFFSET, request.environment().address());
        block.set(lc_spawn_request.directory$OFFSET, directory.isPresent() ? block.string(directory.get()) : 0);
        block.set(lc_spawn_request.in$OFFSET, request.in());
        block.set(lc_spawn_request.out$OFFSET, request.out());
        block.set(lc_spawn_request.err$OFFSET, request.err());
        block.set(lc_spawn_request.kept$OFFSET, block.ints(kept));
        block.set(lc_spawn_request.kept_count$OFFSET, kept.size());
        if (request.guardian().isPresent()) {
            SpawnRequest.Guardian guardian = request.guardian().get();
            block.set(lc_spawn_request.guardian$OFFSET, guardian.socket());
            block.set(
                    lc_spawn_request.slot$OFFSET,
                    (long) guardian.slot().generation() << Integer.SIZE | guardian.slot().number());
        }
        block.set(lc_spawn_request.cgroup$OFFSET, request.cgroup());
        block.write();
        return block;
    }

    /**
     * The memory of a struct, to read and write by the offsets of its fields: access to a segment by a layout creates a
     * method handle first, which takes a new JVM milliseconds.
     */
    private static ByteBuffer fields(MemorySegment struct) {
        return struct.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** The first ones; none if the length is an error. */
    private static byte[] bytes(MemorySegment memory, long length) {
        byte[] bytes = new byte[(int) Math.max(0, length)];
        memory.asByteBuffer().get(bytes);
        return bytes;
    }

    static MemorySegment string(Arena arena, byte[] bytes) {
        MemorySegment string = arena.allocate(Block.room(bytes), 2);
        string.asByteBuffer().put(bytes);
        return string;
    }

    /** lc_attach(). */
    static long attach(long pid, Scope scope, NativeProcess process) {
        try {
            process.write();
            long result = invoke(LastcallNative.LC_FUNCTION_ATTACH, pid, scope.number(), process.address());
            process.read();
            return result;
        } finally {
            Reference.reachabilityFence(process);
        }
    }

    /** lc_act(). Allocates nothing. */
    static long act(NativeProcess process) {
        process.write();
        try {
            return invoke(LastcallNative.LC_FUNCTION_ACT, process.address());
        } finally {
            process.read();
            Reference.reachabilityFence(process);
        }
    }

    /** lc_wait() for a process, and what else there is. */
    static long await(NativeProcess process, long cancel, long pipe, int events, long timeoutNanos) {
        try {
            return invoke(LastcallNative.LC_FUNCTION_WAIT, process.address(), cancel, pipe, events, timeoutNanos);
        } finally {
            Reference.reachabilityFence(process);
        }
    }

    /** lc_wait() without a process. */
    static long await(long cancel, long pipe, int events, long timeoutNanos) {
        return invoke(LastcallNative.LC_FUNCTION_WAIT, 0, cancel, pipe, events, timeoutNanos);
    }

    /** The memory of one lc_members(): its parameters and results. */
    static final class Scan {

        private final MemorySegment groups;
        private final MemorySegment members;
        private final ByteBuffer groupFields;
        private final ByteBuffer memberFields;
        private final MemorySegment struct;

        Scan(Arena arena, List<NativeProcess> leaders, int flags, int capacity, int mostHandles) {
            int count = leaders.size();
            MemorySegment processes = arena.allocate((long) count * lc_process.$SIZEOF, Long.BYTES);
            this.groups = arena.allocate((long) count * lc_group.$SIZEOF, Long.BYTES);
            this.members = arena.allocate((long) capacity * lc_member.$SIZEOF, Long.BYTES);
            this.groupFields = fields(groups);
            this.memberFields = fields(members);
            copy(leaders, fields(processes));
            for (int i = 0; i < capacity; i++) {
                memberFields.putInt(i * lc_member.$SIZEOF + lc_member.size$OFFSET, lc_member.$SIZEOF);
            }
            this.struct = arena.allocate(lc_scan.$SIZEOF, Long.BYTES);
            fields(struct)
                    .putInt(lc_scan.size$OFFSET, lc_scan.$SIZEOF)
                    .putInt(lc_scan.flags$OFFSET, flags)
                    .putLong(lc_scan.leaders$OFFSET, processes.address())
                    .putLong(lc_scan.groups$OFFSET, groups.address())
                    .putLong(lc_scan.count$OFFSET, count)
                    .putLong(lc_scan.members$OFFSET, members.address())
                    .putLong(lc_scan.capacity$OFFSET, capacity)
                    .putLong(lc_scan.most_handles$OFFSET, mostHandles);
            hold(arena, leaders);
        }

        /** A process that was found before is a member as long as it lives, even if its mark is lost. */
        private void hold(Arena arena, List<NativeProcess> leaders) {
            List<Member> held = new ArrayList<>();
            for (NativeProcess leader : leaders) {
                held.addAll(leader.known());
            }
            MemorySegment array = arena.allocate((long) held.size() * lc_member.$SIZEOF, Long.BYTES);
            MemberFields.identify(fields(array), held);
            fields(struct)
                    .putLong(lc_scan.held$OFFSET, array.address())
                    .putLong(lc_scan.held_count$OFFSET, held.size());
        }

        /** Copies of the structs, because other threads may act on the processes meanwhile. */
        private void copy(List<NativeProcess> leaders, ByteBuffer to) {
            for (int i = 0; i < leaders.size(); i++) {
                int at = i * lc_process.$SIZEOF;
                NativeProcess leader = leaders.get(i);
                to.putInt(at + lc_process.size$OFFSET, lc_process.$SIZEOF)
                        .putLong(at + lc_process.pid$OFFSET, leader.pid())
                        .putLong(at + lc_process.group$OFFSET, leader.group())
                        .putLong(at + lc_process.handle$OFFSET, leader.handle())
                        .putLong(at + lc_process.cgroup$OFFSET, leader.cgroup())
                        .putLong(at + lc_process.mark$OFFSET, leader.mark());
                groupFields.putInt(i * lc_group.$SIZEOF + lc_group.size$OFFSET, lc_group.$SIZEOF);
            }
        }

        long run() {
            return invoke(LastcallNative.LC_FUNCTION_MEMBERS, struct.address());
        }

        int state(int group) {
            return groupFields.getInt(group * lc_group.$SIZEOF + lc_group.state$OFFSET);
        }

        long zombies(int group) {
            return groupFields.getLong(group * lc_group.$SIZEOF + lc_group.zombies$OFFSET);
        }

        List<Member> members(int capacity) {
            return MemberFields.members(memberFields, capacity);
        }
    }

    /** lc_any_exit(). */
    static long anyExit() {
        return invoke(LastcallNative.LC_FUNCTION_ANY_EXIT);
    }

    /** lc_cancel_open(). */
    static long cancelOpen() {
        return invoke(LastcallNative.LC_FUNCTION_CANCEL_OPEN);
    }

    /** lc_cancel(), LC_CANCEL_FIRE. */
    static long cancelFire(long cancel) {
        return invoke(LastcallNative.LC_FUNCTION_CANCEL, cancel, LastcallNative.LC_CANCEL_FIRE);
    }

    /** lc_cancel(), LC_CANCEL_DRAIN. */
    static long cancelDrain(long cancel) {
        return invoke(LastcallNative.LC_FUNCTION_CANCEL, cancel, LastcallNative.LC_CANCEL_DRAIN);
    }

    /** lc_alarm_open(). */
    static long alarmOpen() {
        return invoke(LastcallNative.LC_FUNCTION_ALARM_OPEN);
    }

    /** lc_alarm_set(). */
    static long alarmSet(long alarm, long afterNanos) {
        return invoke(LastcallNative.LC_FUNCTION_ALARM_SET, alarm, afterNanos);
    }

    /** lc_monitor_open(). */
    static long monitorOpen() {
        return invoke(LastcallNative.LC_FUNCTION_MONITOR_OPEN);
    }

    /** lc_monitor_set() for the exit of a process; token 0 removes the watch. */
    static long monitorSet(long monitor, NativeProcess process, long token) {
        try {
            return invoke(LastcallNative.LC_FUNCTION_MONITOR_SET, monitor, process.address(), -1, 0, token);
        } finally {
            Reference.reachabilityFence(process);
        }
    }

    /** lc_monitor_set() for a handle; token 0 removes the watch. */
    static long monitorSet(long monitor, long handle, int events, long token) {
        return invoke(LastcallNative.LC_FUNCTION_MONITOR_SET, monitor, 0, handle, events, token);
    }

    /** lc_monitor_wait(). */
    static long monitorWait(long monitor, long[] tokens, long timeoutNanos) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(JAVA_LONG, tokens.length);
            long count = invoke(
                    LastcallNative.LC_FUNCTION_MONITOR_WAIT, monitor, memory.address(), tokens.length, timeoutNanos);
            if (count > 0) {
                fields(memory).asLongBuffer().get(0, tokens, 0, (int) count);
            }
            return count;
        }
    }

    /** lc_open(). */
    static long open(byte[] path, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return invoke(LastcallNative.LC_FUNCTION_OPEN, string(arena, path).address(), mode);
        }
    }

    /** lc_pipe(): both ends, the reading end first. */
    static long[] pipe() throws OsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(2 * Long.BYTES, Long.BYTES);
            check(invoke(LastcallNative.LC_FUNCTION_PIPE, ends.address(), ends.address() + Long.BYTES));
            return ends.toArray(JAVA_LONG);
        }
    }

    /** lc_pipe_enlarge(). */
    static long pipeEnlarge(long handle) {
        return invoke(LastcallNative.LC_FUNCTION_PIPE_ENLARGE, handle);
    }

    /** lc_read(), at most {@link OsPort#MOST_READ} bytes. */
    static long read(long handle, byte[] buffer, int offset, int length) {
        MemorySegment bytes = Buffer.take();
        try {
            long result = invoke(LastcallNative.LC_FUNCTION_READ, handle, bytes.address(), length);
            if (result > 0) {
                bytes.asByteBuffer().get(0, buffer, offset, (int) result);
            }
            return result;
        } finally {
            Buffer.give(bytes);
        }
    }

    /** lc_read(), as much as there is room for in a {@link Buffer}, which the taker gets if there is something. */
    static long read(long handle, Consumer<ByteBuffer> taker) {
        MemorySegment bytes = Buffer.take();
        try {
            long result = invoke(LastcallNative.LC_FUNCTION_READ, handle, bytes.address(), Buffer.SIZE);
            if (result > 0) {
                taker.accept(bytes.asByteBuffer().limit((int) result));
            }
            return result;
        } finally {
            Buffer.give(bytes);
        }
    }

    /** lc_write(), at most {@link OsPort#MOST_READ} bytes. */
    static long write(long handle, byte[] buffer, int offset, int length) {
        MemorySegment bytes = Buffer.take();
        try {
            bytes.asByteBuffer().put(0, buffer, offset, length);
            return invoke(LastcallNative.LC_FUNCTION_WRITE, handle, bytes.address(), length);
        } finally {
            Buffer.give(bytes);
        }
    }

    /** Native memory for reads and writes. Allocating it takes longer than most calls. */
    static final class Buffer {

        private static final int SIZE = OsPort.MOST_READ;

        /** Buffers that are not in use: as many as threads have ever been in a read or write at the same time. */
        private static final Deque<MemorySegment> IDLE = new ConcurrentLinkedDeque<>();

        private Buffer() {}

        private static MemorySegment take() {
            MemorySegment idle = IDLE.pollFirst();
            return idle == null ? Arena.ofAuto().allocate(SIZE) : idle;
        }

        private static void give(MemorySegment buffer) {
            IDLE.addFirst(buffer);
        }
    }

    /** lc_query(). */
    static long query(long handle, int what) {
        return invoke(LastcallNative.LC_FUNCTION_QUERY, handle, what);
    }

    /** lc_environment(): the whole block; empty if this system does not show it. */
    static byte[] environment() throws OsException {
        try (Arena arena = Arena.ofConfined()) {
            long length = invoke(LastcallNative.LC_FUNCTION_ENVIRONMENT, 0, 0);
            if (length < 0 && category(length) == LastcallNative.LC_ERR_UNSUPPORTED || length == 0) {
                return new byte[0];
            }
            check(length);
            MemorySegment block = arena.allocate(length);
            long filled = invoke(LastcallNative.LC_FUNCTION_ENVIRONMENT, block.address(), length);
            return bytes(block, Math.min(filled, length));
        }
    }

    /** lc_signals_open(). */
    static long signalsOpen() {
        return invoke(LastcallNative.LC_FUNCTION_SIGNALS_OPEN);
    }

    /** lc_signals_raise(). */
    static long signalsRaise(int signal) {
        return invoke(LastcallNative.LC_FUNCTION_SIGNALS_RAISE, signal);
    }

    /** lc_stopped(). */
    static long stopped(long pid) {
        return invoke(LastcallNative.LC_FUNCTION_STOPPED, pid);
    }

    /** lc_orphan(). */
    static long orphan(long pid) {
        return invoke(LastcallNative.LC_FUNCTION_ORPHAN, pid);
    }

    /** lc_terminal() for a group. */
    static long terminal(long handle, int what, long group) {
        return invoke(LastcallNative.LC_FUNCTION_TERMINAL, handle, what, group);
    }

    /** lc_terminal() for the settings. */
    static long terminal(long handle, int what, byte[] settings) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(settings.length, Long.BYTES);
            memory.asByteBuffer().put(settings);
            long result = terminal(handle, what, memory.address());
            memory.asByteBuffer().get(settings);
            return result;
        }
    }

    /** lc_guardian_open(). */
    static long guardianOpen(MemorySegment guardian) {
        return invoke(LastcallNative.LC_FUNCTION_GUARDIAN_OPEN, guardian.address());
    }

    /** lc_guardian_add(). */
    static long guardianAdd(long socket, NativeProcess process, int slot, int generation) {
        try {
            return invoke(LastcallNative.LC_FUNCTION_GUARDIAN_ADD, socket, process.address(), slot, generation);
        } finally {
            Reference.reachabilityFence(process);
        }
    }

    /** lc_guardian_close(). */
    static long guardianClose(MemorySegment guardian) {
        return invoke(LastcallNative.LC_FUNCTION_GUARDIAN_CLOSE, guardian.address());
    }

    /** lc_close(). */
    static long close(long handle) {
        return invoke(LastcallNative.LC_FUNCTION_CLOSE, handle);
    }
}
