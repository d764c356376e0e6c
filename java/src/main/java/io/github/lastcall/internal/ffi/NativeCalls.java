package io.github.lastcall.internal.ffi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.lastcall.internal.ffi.generated.LastcallNative;
import io.github.lastcall.internal.ffi.generated.lc_exit;
import io.github.lastcall.internal.ffi.generated.lc_group;
import io.github.lastcall.internal.ffi.generated.lc_member;
import io.github.lastcall.internal.ffi.generated.lc_pipe_ends;
import io.github.lastcall.internal.ffi.generated.lc_process;
import io.github.lastcall.internal.ffi.generated.lc_spawn_request;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The functions of {@code lastcall.h} in Java's own types, one method each; its results are the header's, undecoded.
 * Above this class nothing knows of memory segments. Memory that a call needs lives for that call: some 30 ns, which no
 * system call notices.
 *
 * <p>All calls go through {@code lc_invoke()}: the JVM makes code for each signature of a downcall when it is first
 * linked, which takes milliseconds each time, and eight of them stood on the way of the first start and stop. Addresses
 * are passed as numbers, so the arena that they come from has to outlive the call.
 *
 * <p>No call is {@code critical}: one that enters the kernel gains nothing by it, and one that blocks would hold up the
 * garbage collector.
 */
public final class NativeCalls {

    private static final int NAME_LENGTH = 32;

    /** How many tokens a monitor tells at once. */
    private static final int TOKENS = 64;

    /** What a process is to the header: pid, group and handle. */
    public record Process(long pid, long group, long handle) {}

    /** What comes back from {@link #spawn}: the result, and the process if that is not negative. */
    public record Spawned(long result, Process process) {}

    /** What comes back from {@link #peek} and {@link #reap}. */
    public record Exit(long result, int kind, int code, int signal, boolean core) {}

    /** What comes back from {@link #pipe}. */
    public record Pipe(long result, long ours, long theirs) {}

    /** What {@link #members} saw of one group. */
    public record Group(int state, long zombies) {}

    /** A live process of a group. */
    public record Member(
            long pid,
            long leader,
            long handle,
            long started,
            int state,
            byte[] command,
            boolean facts,
            boolean refused,
            long ignored,
            long blocked,
            long caught) {}

    /** What comes back from {@link #members}: the result and, if that is not negative, groups and members. */
    public record Members(long result, List<Group> groups, List<Member> members) {}

    /** What comes back from {@link #monitorWait}. */
    public record Told(long result, long[] tokens) {}

    private NativeCalls() {}

    // Arguments that a function does not have are 0.

    private static long invoke(int function) {
        return invoke(function, 0);
    }

    private static long invoke(int function, long a) {
        return invoke(function, a, 0);
    }

    private static long invoke(int function, long a, long b) {
        return invoke(function, a, b, 0);
    }

    private static long invoke(int function, long a, long b, long c) {
        return invoke(function, a, b, c, 0);
    }

    private static long invoke(int function, long a, long b, long c, long d) {
        return invoke(function, a, b, c, d, 0);
    }

    private static long invoke(int function, long a, long b, long c, long d, long e) {
        return LastcallNative.lc_invoke(function, a, b, c, d, e, 0);
    }

    /** lc_abi(), which any version of the library answers. */
    static long abi() {
        return invoke(LastcallNative.LC_FUNCTION_ABI());
    }

    /** lc_init() with the features to do without. */
    static long init(long disable) {
        return invoke(LastcallNative.LC_FUNCTION_INIT(), disable);
    }

    /** lc_spawn(). */
    public static Spawned spawn(
            int flags,
            List<byte[]> candidates,
            List<byte[]> arguments,
            List<byte[]> environment,
            Optional<byte[]> directory,
            long[] stdio) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(lc_spawn_request.$SIZEOF, Long.BYTES);
            fields(request)
                    .putInt(lc_spawn_request.size$OFFSET, lc_spawn_request.$SIZEOF)
                    .putInt(lc_spawn_request.flags$OFFSET, flags)
                    .putLong(lc_spawn_request.candidates$OFFSET, strings(arena, 0, candidates))
                    .putLong(lc_spawn_request.argv$OFFSET, strings(arena, 1, arguments))
                    .putLong(lc_spawn_request.envp$OFFSET, strings(arena, 0, environment))
                    .putLong(
                            lc_spawn_request.directory$OFFSET,
                            directory.isPresent() ? string(arena, directory.get()).address() : 0)
                    .putLong(lc_spawn_request.in$OFFSET, stdio[0])
                    .putLong(lc_spawn_request.out$OFFSET, stdio[1])
                    .putLong(lc_spawn_request.err$OFFSET, stdio[2]);
            MemorySegment process = arena.allocate(lc_process.$SIZEOF, Long.BYTES);
            ByteBuffer fields = fields(process).putInt(lc_process.size$OFFSET, lc_process.$SIZEOF);
            long result = invoke(LastcallNative.LC_FUNCTION_SPAWN(), request.address(), process.address());
            return new Spawned(
                    result,
                    new Process(
                            fields.getLong(lc_process.pid$OFFSET),
                            fields.getLong(lc_process.group$OFFSET),
                            fields.getLong(lc_process.handle$OFFSET)));
        }
    }

    /**
     * The memory of a struct, to read and write by the offsets of its fields. On the way of the first start and stop
     * all of it goes this way: reading a segment by a layout makes a method handle first, which takes a fresh JVM
     * milliseconds.
     */
    private static ByteBuffer fields(MemorySegment struct) {
        return struct.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** An array of C strings that ends in NULL, with spare elements in front. */
    private static long strings(Arena arena, int spare, List<byte[]> strings) {
        MemorySegment array = arena.allocate((spare + strings.size() + 1L) * Long.BYTES, Long.BYTES);
        ByteBuffer elements = fields(array).position(spare * Long.BYTES);
        for (byte[] string : strings) {
            elements.putLong(string(arena, string).address());
        }
        return array.address();
    }

    /** With room for a terminator of two bytes, aligned to that: on Windows it is a unit of UTF-16. */
    private static MemorySegment string(Arena arena, byte[] bytes) {
        MemorySegment string = arena.allocate(bytes.length + 2L, 2);
        string.asByteBuffer().put(bytes);
        return string;
    }

    private static MemorySegment struct(Arena arena, Process process) {
        MemorySegment struct = arena.allocate(lc_process.$SIZEOF, Long.BYTES);
        fill(struct, process);
        return struct;
    }

    private static void fill(MemorySegment struct, Process process) {
        fields(struct)
                .putInt(lc_process.size$OFFSET, lc_process.$SIZEOF)
                .putLong(lc_process.pid$OFFSET, process.pid())
                .putLong(lc_process.group$OFFSET, process.group())
                .putLong(lc_process.handle$OFFSET, process.handle());
    }

    /** lc_signal(). */
    public static long signal(Process process, int scope, int signal) {
        try (Arena arena = Arena.ofConfined()) {
            return invoke(LastcallNative.LC_FUNCTION_SIGNAL(), struct(arena, process).address(), scope, signal);
        }
    }

    /** lc_wait() for a process, and what else there is. */
    public static long await(Process process, long cancel, long pipe, int events, long timeoutNanos) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = struct(arena, process);
            return invoke(LastcallNative.LC_FUNCTION_WAIT(), struct.address(), cancel, pipe, events, timeoutNanos);
        }
    }

    /** lc_wait() without a process. */
    public static long await(long cancel, long pipe, int events, long timeoutNanos) {
        return invoke(LastcallNative.LC_FUNCTION_WAIT(), 0, cancel, pipe, events, timeoutNanos);
    }

    /** lc_peek(). */
    public static Exit peek(Process process) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment exit = exit(arena);
            MemorySegment struct = struct(arena, process);
            return exit(invoke(LastcallNative.LC_FUNCTION_PEEK(), struct.address(), exit.address()), exit);
        }
    }

    /** lc_reap(). */
    public static Exit reap(Process process) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment exit = exit(arena);
            MemorySegment struct = struct(arena, process);
            return exit(invoke(LastcallNative.LC_FUNCTION_REAP(), struct.address(), exit.address()), exit);
        }
    }

    private static MemorySegment exit(Arena arena) {
        MemorySegment exit = arena.allocate(lc_exit.$SIZEOF, Long.BYTES);
        fields(exit).putInt(lc_exit.size$OFFSET, lc_exit.$SIZEOF);
        return exit;
    }

    private static Exit exit(long result, MemorySegment exit) {
        ByteBuffer fields = fields(exit);
        return new Exit(
                result,
                fields.getInt(lc_exit.kind$OFFSET),
                fields.getInt(lc_exit.code$OFFSET),
                fields.getInt(lc_exit.signal$OFFSET),
                fields.getInt(lc_exit.core$OFFSET) != 0);
    }

    /** lc_group_state(). */
    public static long groupState(Process process) {
        try (Arena arena = Arena.ofConfined()) {
            return invoke(LastcallNative.LC_FUNCTION_GROUP_STATE(), struct(arena, process).address());
        }
    }

    /** lc_members(). There are fewer members than the result says where there was no room for all. */
    public static Members members(List<Process> leaders, int flags, int capacity) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment processes = lc_process.allocateArray(leaders.size(), arena);
            MemorySegment groups = lc_group.allocateArray(leaders.size(), arena);
            for (int i = 0; i < leaders.size(); i++) {
                fill(lc_process.asSlice(processes, i), leaders.get(i));
                lc_group.size(lc_group.asSlice(groups, i), (int) lc_group.sizeof());
            }
            MemorySegment members = sized(arena, capacity);
            long result = LastcallNative.lc_invoke(
                    LastcallNative.LC_FUNCTION_MEMBERS(),
                    processes.address(),
                    groups.address(),
                    leaders.size(),
                    flags,
                    members.address(),
                    capacity);
            return result < 0
                    ? new Members(result, List.of(), List.of())
                    : new Members(result, groups(groups, leaders.size()), members(members, capacity));
        }
    }

    private static MemorySegment sized(Arena arena, int count) {
        MemorySegment members = lc_member.allocateArray(count, arena);
        for (int i = 0; i < count; i++) {
            lc_member.size(lc_member.asSlice(members, i), (int) lc_member.sizeof());
        }
        return members;
    }

    private static List<Group> groups(MemorySegment groups, int count) {
        List<Group> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            MemorySegment group = lc_group.asSlice(groups, i);
            list.add(new Group(lc_group.state(group), lc_group.zombies(group)));
        }
        return list;
    }

    private static List<Member> members(MemorySegment members, int capacity) {
        List<Member> list = new ArrayList<>();
        for (int i = 0; i < capacity; i++) {
            MemorySegment member = lc_member.asSlice(members, i);
            if (lc_member.pid(member) == 0) {
                break;
            }
            list.add(new Member(
                    lc_member.pid(member),
                    lc_member.leader(member),
                    lc_member.handle(member),
                    lc_member.started(member),
                    lc_member.state(member),
                    member.asSlice(lc_member.command_head$offset(), 2 * Long.BYTES).toArray(JAVA_BYTE),
                    lc_member.facts(member) != 0,
                    lc_member.refused(member) != 0,
                    lc_member.ignored(member),
                    lc_member.blocked(member),
                    lc_member.caught(member)));
        }
        return list;
    }

    /**
     * lc_wait_members().
     *
     * @param members for each of them pid, leader, handle and start time
     */
    public static long awaitMembers(List<long[]> members, long cancel, long timeoutNanos) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment structs = sized(arena, members.size());
            for (int i = 0; i < members.size(); i++) {
                MemorySegment struct = lc_member.asSlice(structs, i);
                lc_member.pid(struct, members.get(i)[0]);
                lc_member.leader(struct, members.get(i)[1]);
                lc_member.handle(struct, members.get(i)[2]);
                lc_member.started(struct, members.get(i)[3]);
            }
            int count = members.size();
            return invoke(LastcallNative.LC_FUNCTION_WAIT_MEMBERS(), structs.address(), count, cancel, timeoutNanos);
        }
    }

    /** lc_cancel_open(). */
    public static long cancelOpen() {
        return invoke(LastcallNative.LC_FUNCTION_CANCEL_OPEN());
    }

    /** lc_cancel_fire(). */
    public static long cancelFire(long cancel) {
        return invoke(LastcallNative.LC_FUNCTION_CANCEL_FIRE(), cancel);
    }

    /** lc_cancel_drain(). */
    public static long cancelDrain(long cancel) {
        return invoke(LastcallNative.LC_FUNCTION_CANCEL_DRAIN(), cancel);
    }

    /** lc_release(). */
    public static long release(Process process) {
        try (Arena arena = Arena.ofConfined()) {
            return invoke(LastcallNative.LC_FUNCTION_RELEASE(), struct(arena, process).address());
        }
    }

    /** lc_monitor_open(). */
    public static long monitorOpen() {
        return invoke(LastcallNative.LC_FUNCTION_MONITOR_OPEN());
    }

    /** lc_monitor_add() for the exit of a process. */
    public static long monitorAdd(long monitor, Process process, long token) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = struct(arena, process);
            return invoke(LastcallNative.LC_FUNCTION_MONITOR_ADD(), monitor, struct.address(), -1, 0, token);
        }
    }

    /** lc_monitor_add() for a pipe. */
    public static long monitorAdd(long monitor, long pipe, int events, long token) {
        return invoke(LastcallNative.LC_FUNCTION_MONITOR_ADD(), monitor, 0, pipe, events, token);
    }

    /** lc_monitor_remove() for a process. */
    public static long monitorRemove(long monitor, Process process) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment struct = struct(arena, process);
            return invoke(LastcallNative.LC_FUNCTION_MONITOR_REMOVE(), monitor, struct.address(), -1);
        }
    }

    /** lc_monitor_remove() for a pipe. */
    public static long monitorRemove(long monitor, long pipe) {
        return invoke(LastcallNative.LC_FUNCTION_MONITOR_REMOVE(), monitor, 0, pipe);
    }

    /** lc_monitor_wait(). */
    public static Told monitorWait(long monitor, long timeoutNanos) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment tokens = arena.allocate(JAVA_LONG, TOKENS);
            long count =
                    invoke(LastcallNative.LC_FUNCTION_MONITOR_WAIT(), monitor, tokens.address(), TOKENS, timeoutNanos);
            return new Told(count, tokens.asSlice(0, Math.max(0, count) * Long.BYTES).toArray(JAVA_LONG));
        }
    }

    /** lc_pipe(). */
    public static Pipe pipe(int direction) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(lc_pipe_ends.$SIZEOF, Long.BYTES);
            ByteBuffer fields = fields(ends).putInt(lc_pipe_ends.size$OFFSET, lc_pipe_ends.$SIZEOF);
            long result = invoke(LastcallNative.LC_FUNCTION_PIPE(), direction, ends.address());
            return new Pipe(
                    result, fields.getLong(lc_pipe_ends.ours$OFFSET), fields.getLong(lc_pipe_ends.theirs$OFFSET));
        }
    }

    /** lc_open(). */
    public static long open(byte[] path, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            return invoke(LastcallNative.LC_FUNCTION_OPEN(), string(arena, path).address(), mode);
        }
    }

    /** lc_read(). */
    public static long read(long handle, byte[] buffer, int offset, int length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(length);
            long result = invoke(LastcallNative.LC_FUNCTION_READ(), handle, bytes.address(), length);
            if (result > 0) {
                MemorySegment.copy(bytes, JAVA_BYTE, 0, buffer, offset, (int) result);
            }
            return result;
        }
    }

    /** lc_write(). */
    public static long write(long handle, byte[] buffer, int offset, int length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(length);
            MemorySegment.copy(buffer, offset, bytes, JAVA_BYTE, 0, length);
            return invoke(LastcallNative.LC_FUNCTION_WRITE(), handle, bytes.address(), length);
        }
    }

    /** lc_available(). */
    public static long available(long handle) {
        return invoke(LastcallNative.LC_FUNCTION_AVAILABLE(), handle);
    }

    /** lc_is_terminal(). */
    public static long isTerminal(long handle) {
        return invoke(LastcallNative.LC_FUNCTION_IS_TERMINAL(), handle);
    }

    /** lc_init() again, which tells the features in use. */
    public static long features() {
        return invoke(LastcallNative.LC_FUNCTION_INIT(), 0);
    }

    /** lc_environment(): the whole block; empty if there is none to be had. */
    public static byte[] environment() {
        try (Arena arena = Arena.ofConfined()) {
            long length = invoke(LastcallNative.LC_FUNCTION_ENVIRONMENT(), 0, 0);
            if (length <= 0) {
                return new byte[0];
            }
            MemorySegment block = arena.allocate(length);
            long filled = invoke(LastcallNative.LC_FUNCTION_ENVIRONMENT(), block.address(), length);
            filled = Math.clamp(filled, 0, length);
            return block.asSlice(0, filled).toArray(JAVA_BYTE);
        }
    }

    /** lc_close(). */
    public static long close(long handle) {
        return invoke(LastcallNative.LC_FUNCTION_CLOSE(), handle);
    }

    /** lc_error_name(). */
    public static String errorName(int code) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(NAME_LENGTH);
            return ascii(name, invoke(LastcallNative.LC_FUNCTION_ERROR_NAME(), code, name.address(), NAME_LENGTH));
        }
    }

    /** lc_call_name(). */
    public static String callName(int call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(NAME_LENGTH);
            return ascii(name, invoke(LastcallNative.LC_FUNCTION_CALL_NAME(), call, name.address(), NAME_LENGTH));
        }
    }

    private static String ascii(MemorySegment name, long length) {
        byte[] bytes = name.asSlice(0, Math.max(0, length)).toArray(JAVA_BYTE);
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
