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
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The functions of {@code lastcall.h} in Java's own types, one method each; its results are the header's, undecoded.
 * Above this class nothing knows of memory segments. Memory that a call needs lives for that call, but that of a {@link
 * Process} as long as this.
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

    /** Where in the memory of a {@link Process} its exit is. */
    private static final int EXIT = lc_process.$SIZEOF;

    /** How many tokens a monitor tells at once. */
    private static final int TOKENS = 64;

    /**
     * What a process is to the header: pid, group and handle, which never change. It is in native memory for as long
     * as it is reachable, together with room for its exit: most calls are about a process, and until they are compiled
     * it takes longer to write the struct for each of them than to call.
     */
    public static final class Process {
        private final ByteBuffer fields;
        private final long address;
        private final long pid;
        private final long group;
        private final long handle;

        /** Of what the library or {@link #filled} has filled in. */
        private Process(MemorySegment block) {
            this.fields = fields(block);
            this.address = block.address();
            this.pid = fields.getLong(lc_process.pid$OFFSET);
            this.group = fields.getLong(lc_process.group$OFFSET);
            this.handle = fields.getLong(lc_process.handle$OFFSET);
        }

        /** Creates the process of these numbers. */
        public Process(long pid, long group, long handle) {
            this(filled(processBlock(), pid, group, handle));
        }

        /** Its pid. */
        public long pid() {
            return pid;
        }

        /** What its group is known by, 0: it leads none. */
        public long group() {
            return group;
        }

        /** Its pidfd or process handle, -1: there is none. */
        public long handle() {
            return handle;
        }
    }

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

    /** What comes back from {@link #environment}: the result, and the block if that is not negative. */
    public record Environment(long result, byte[] block) {}

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
            MemorySegment block = processBlock();
            long result = invoke(LastcallNative.LC_FUNCTION_SPAWN(), request.address(), block.address());
            return new Spawned(result, new Process(block));
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

    /**
     * An array of C strings that ends in NULL, with spare elements in front, and the strings behind it: one piece of
     * memory and two copies for a whole environment.
     */
    private static long strings(Arena arena, int spare, List<byte[]> strings) {
        long[] pointers = new long[spare + strings.size() + 1];
        int head = pointers.length * Long.BYTES;
        int length = head;
        for (byte[] string : strings) {
            length += room(string);
        }
        MemorySegment block = arena.allocate(length, Long.BYTES);
        byte[] text = new byte[length - head];
        int position = 0;
        for (int i = 0; i < strings.size(); i++) {
            byte[] string = strings.get(i);
            System.arraycopy(string, 0, text, position, string.length);
            pointers[spare + i] = block.address() + head + position;
            position += room(string);
        }
        ByteBuffer fields = fields(block);
        fields.asLongBuffer().put(pointers);
        fields.put(head, text);
        return block.address();
    }

    /** With a terminator of two bytes, aligned to that: on Windows it is a unit of UTF-16. */
    private static int room(byte[] string) {
        return string.length + 3 & ~1;
    }

    private static MemorySegment string(Arena arena, byte[] bytes) {
        MemorySegment string = arena.allocate(room(bytes), 2);
        string.asByteBuffer().put(bytes);
        return string;
    }

    /** An lc_process and behind it an lc_exit, with their sizes. Freed some time after nobody refers to it any more. */
    private static MemorySegment processBlock() {
        MemorySegment block = Arena.ofAuto().allocate(EXIT + lc_exit.$SIZEOF, Long.BYTES);
        fields(block)
                .putInt(lc_process.size$OFFSET, lc_process.$SIZEOF)
                .putInt(EXIT + lc_exit.size$OFFSET, lc_exit.$SIZEOF);
        return block;
    }

    private static MemorySegment filled(MemorySegment struct, long pid, long group, long handle) {
        fields(struct)
                .putInt(lc_process.size$OFFSET, lc_process.$SIZEOF)
                .putLong(lc_process.pid$OFFSET, pid)
                .putLong(lc_process.group$OFFSET, group)
                .putLong(lc_process.handle$OFFSET, handle);
        return struct;
    }

    /** lc_signal(). */
    public static long signal(Process process, int scope, int signal) {
        try {
            return invoke(LastcallNative.LC_FUNCTION_SIGNAL(), process.address, scope, signal);
        } finally {
            Reference.reachabilityFence(process);
        }
    }

    /** lc_wait() for a process, and what else there is. */
    public static long await(Process process, long cancel, long pipe, int events, long timeoutNanos) {
        try {
            return invoke(LastcallNative.LC_FUNCTION_WAIT(), process.address, cancel, pipe, events, timeoutNanos);
        } finally {
            Reference.reachabilityFence(process);
        }
    }

    /** lc_wait() without a process. */
    public static long await(long cancel, long pipe, int events, long timeoutNanos) {
        return invoke(LastcallNative.LC_FUNCTION_WAIT(), 0, cancel, pipe, events, timeoutNanos);
    }

    /** lc_peek(). Of one process by one thread at a time. */
    public static Exit peek(Process process) {
        return exit(LastcallNative.LC_FUNCTION_PEEK(), process);
    }

    /** lc_reap(). Of one process by one thread at a time. */
    public static Exit reap(Process process) {
        return exit(LastcallNative.LC_FUNCTION_REAP(), process);
    }

    private static Exit exit(int function, Process process) {
        ByteBuffer fields = process.fields;
        try {
            return new Exit(
                    invoke(function, process.address, process.address + EXIT),
                    fields.getInt(EXIT + lc_exit.kind$OFFSET),
                    fields.getInt(EXIT + lc_exit.code$OFFSET),
                    fields.getInt(EXIT + lc_exit.signal$OFFSET),
                    fields.getInt(EXIT + lc_exit.core$OFFSET) != 0);
        } finally {
            Reference.reachabilityFence(process);
        }
    }

    /** lc_group_state(). */
    public static long groupState(Process process) {
        try {
            return invoke(LastcallNative.LC_FUNCTION_GROUP_STATE(), process.address);
        } finally {
            Reference.reachabilityFence(process);
        }
    }

    /** lc_members(). There are fewer members than the result says where there was no room for all. */
    public static Members members(List<Process> leaders, int flags, int capacity) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment processes = lc_process.allocateArray(leaders.size(), arena);
            MemorySegment groups = lc_group.allocateArray(leaders.size(), arena);
            for (int i = 0; i < leaders.size(); i++) {
                Process leader = leaders.get(i);
                filled(lc_process.asSlice(processes, i), leader.pid(), leader.group(), leader.handle());
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
        try {
            return invoke(LastcallNative.LC_FUNCTION_RELEASE(), process.address);
        } finally {
            Reference.reachabilityFence(process);
        }
    }

    /** lc_monitor_open(). */
    public static long monitorOpen() {
        return invoke(LastcallNative.LC_FUNCTION_MONITOR_OPEN());
    }

    /** lc_monitor_add() for the exit of a process. */
    public static long monitorAdd(long monitor, Process process, long token) {
        try {
            return invoke(LastcallNative.LC_FUNCTION_MONITOR_ADD(), monitor, process.address, -1, 0, token);
        } finally {
            Reference.reachabilityFence(process);
        }
    }

    /** lc_monitor_add() for a pipe. */
    public static long monitorAdd(long monitor, long pipe, int events, long token) {
        return invoke(LastcallNative.LC_FUNCTION_MONITOR_ADD(), monitor, 0, pipe, events, token);
    }

    /** lc_monitor_remove() for a process. */
    public static long monitorRemove(long monitor, Process process) {
        try {
            return invoke(LastcallNative.LC_FUNCTION_MONITOR_REMOVE(), monitor, process.address, -1);
        } finally {
            Reference.reachabilityFence(process);
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

    /** lc_environment(): the whole block. */
    public static Environment environment() {
        try (Arena arena = Arena.ofConfined()) {
            long length = invoke(LastcallNative.LC_FUNCTION_ENVIRONMENT(), 0, 0);
            if (length <= 0) {
                return new Environment(length, new byte[0]);
            }
            MemorySegment block = arena.allocate(length);
            long filled = invoke(LastcallNative.LC_FUNCTION_ENVIRONMENT(), block.address(), length);
            long known = Math.clamp(filled, 0, length);
            return new Environment(filled, block.asSlice(0, known).toArray(JAVA_BYTE));
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
