package io.github.lastcall.internal.os;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.OsException;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.ffi.LibraryLoader;
import io.github.lastcall.internal.ffi.NativeCalls;
import io.github.lastcall.internal.ffi.generated.LastcallNative;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The operating system through the C library: decodes its results, and nothing else. */
public final class NativeOs implements OsPort {

    /** What fits into the native memory of one read or write; more does not fit into a pipe either. */
    private static final int CHUNK = 65_536;

    /** How many members a scan has room for at first. */
    private static final int FEW_MEMBERS = 64;

    /** Not made by a static initializer: one that fails, fails for ever. */
    private static volatile NativeOs instance;

    private final boolean groupByPidfd;

    private NativeOs() {
        this.groupByPidfd = (NativeCalls.features() & LastcallNative.LC_FEATURE_PIDFD_GROUP()) != 0;
    }

    /** Made on first use: most stops read no name of a process. */
    private static final class Unprintable {
        static final Pattern PATTERN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
    }

    /**
     * Returns the one instance; the first call loads the library, and the next one does if it cannot.
     *
     * @throws UnsatisfiedLinkError it cannot be used; the message says why and what to do
     */
    public static NativeOs instance() {
        NativeOs known = instance;
        if (known == null) {
            LibraryLoader.load();
            // Two first callers may make two, which are alike.
            known = new NativeOs();
            instance = known;
        }
        return known;
    }

    @Override
    public NativeProcess spawn(SpawnRequest request) throws SpawnFailure {
        NativeCalls.Spawned spawned = NativeCalls.spawn(
                request.newGroup() ? LastcallNative.LC_SPAWN_NEW_GROUP() : 0,
                request.candidates(),
                request.arguments(),
                request.environment(),
                request.directory(),
                new long[] {request.in(), request.out(), request.err()});
        if (spawned.result() < 0) {
            throw new SpawnFailure(stage(spawned.result()), osException(spawned.result()));
        }
        return new NativeProcess(spawned.process());
    }

    @Override
    public boolean signal(NativeProcess process, Scope scope, UnixSignal signal) throws OsException {
        long result = NativeCalls.signal(
                process.raw(),
                scope == Scope.GROUP ? LastcallNative.LC_SCOPE_GROUP() : LastcallNative.LC_SCOPE_LEADER(),
                Signals.number(signal));
        if (result < 0 && category(result) == LastcallNative.LC_ERR_GONE()) {
            return false;
        }
        check(result);
        return true;
    }

    @Override
    public Delivery sendBreak(NativeProcess leader) throws OsException {
        long result = NativeCalls.signal(
                leader.raw(), LastcallNative.LC_SCOPE_GROUP(), LastcallNative.LC_EVENT_CTRL_BREAK());
        if (result < 0 && category(result) == LastcallNative.LC_ERR_GONE()) {
            return Delivery.NOBODY;
        }
        if (result < 0 && category(result) == LastcallNative.LC_ERR_UNSUPPORTED()) {
            return sendBreakToItsConsole(leader);
        }
        check(result);
        return Delivery.SENT;
    }

    /** We have no console, so it has one of its own. */
    private Delivery sendBreakToItsConsole(NativeProcess leader) throws OsException {
        Optional<Path> program = LibraryLoader.eventProgram();
        if (leader.group() == 0 || program.isEmpty()) {
            return Delivery.IMPOSSIBLE;
        }
        List<Member> members = scan(List.of(leader), false).orElseThrow().get(0).live();
        try {
            return new EventProgram(this, program.get()).sendBreak(members);
        } finally {
            for (Member member : members) {
                if (member.handle() >= 0) {
                    close(member.handle());
                }
            }
        }
    }

    @Override
    public int await(Optional<NativeProcess> process, long cancel, long pipe, int events, long timeoutNanos)
            throws OsException {
        long timeout = timeoutNanos == Long.MAX_VALUE ? -1 : timeoutNanos;
        long result = process.isPresent()
                ? NativeCalls.await(process.get().raw(), cancel, pipe, events, timeout)
                : NativeCalls.await(cancel, pipe, events, timeout);
        return (int) check(result);
    }

    @Override
    public Exit peek(NativeProcess process) throws OsException {
        return exit(NativeCalls.peek(process.raw()));
    }

    @Override
    public Exit reap(NativeProcess process) throws OsException {
        return exit(NativeCalls.reap(process.raw()));
    }

    private static Exit exit(NativeCalls.Exit exit) throws OsException {
        check(exit.result());
        int kind = exit.kind();
        if (kind == LastcallNative.LC_EXIT_RUNNING()) {
            return new Exit.Running();
        }
        if (kind == LastcallNative.LC_EXIT_HELD()) {
            return new Exit.Held();
        }
        if (kind == LastcallNative.LC_EXIT_LOST()) {
            return new Exit.Lost();
        }
        return new Exit.Ended(status(exit));
    }

    private static ExitStatus status(NativeCalls.Exit exit) {
        if (exit.kind() == LastcallNative.LC_EXIT_EXITED()) {
            return new ExitStatus.Exited(exit.code());
        }
        return new ExitStatus.Signaled(exit.code(), Signals.named(exit.signal()), exit.core());
    }

    @Override
    public boolean groupOutlivesReap(NativeProcess leader) {
        return leader.handle() >= 0 && groupByPidfd;
    }

    @Override
    public boolean groupExists(NativeProcess leader) throws OsException {
        return check(NativeCalls.groupState(leader.raw())) == LastcallNative.LC_GROUP_PRESENT();
    }

    @Override
    public Optional<List<GroupScan>> scan(List<NativeProcess> leaders, boolean facts) throws OsException {
        List<NativeCalls.Process> processes = leaders.stream().map(NativeProcess::raw).toList();
        int flags = LastcallNative.LC_MEMBERS_REAP() | (facts ? LastcallNative.LC_MEMBERS_FACTS() : 0);
        int capacity = FEW_MEMBERS;
        while (true) {
            NativeCalls.Members seen = NativeCalls.members(processes, flags, capacity);
            if (seen.result() < 0 && category(seen.result()) == LastcallNative.LC_ERR_UNSUPPORTED()) {
                return Optional.empty();
            }
            if (check(seen.result()) == seen.members().size()) {
                return Optional.of(groups(leaders, seen));
            }
            seen.members().stream().map(NativeCalls.Member::handle).filter(handle -> handle >= 0).forEach(this::close);
            capacity = Math.toIntExact(2 * Math.max(capacity, seen.result()));
        }
    }

    private static List<GroupScan> groups(List<NativeProcess> leaders, NativeCalls.Members seen) {
        Map<Long, List<Member>> byLeader =
                seen.members().stream().map(NativeOs::member).collect(Collectors.groupingBy(Member::leader));
        List<GroupScan> groups = new ArrayList<>(leaders.size());
        for (int i = 0; i < leaders.size(); i++) {
            NativeCalls.Group group = seen.groups().get(i);
            List<Member> live = byLeader.getOrDefault(leaders.get(i).pid(), List.of());
            groups.add(new GroupScan(state(group.state()), group.zombies(), live));
        }
        return groups;
    }

    private static GroupScan.State state(int state) {
        if (state == LastcallNative.LC_GROUP_EMPTY()) {
            return GroupScan.State.EMPTY;
        }
        return state == LastcallNative.LC_GROUP_PRESENT() ? GroupScan.State.PRESENT : GroupScan.State.UNKNOWN;
    }

    private static Member member(NativeCalls.Member member) {
        Optional<Member.Facts> facts = member.facts()
                ? Optional.of(new Member.Facts(member.refused(), member.ignored(), member.blocked(), member.caught()))
                : Optional.empty();
        return new Member(
                member.pid(),
                member.leader(),
                member.handle(),
                member.started(),
                (char) member.state(),
                printable(member.command()),
                facts);
    }

    /** A process chooses its name itself, and it goes into logs: nothing in it may end a line or hide another. */
    private static String printable(byte[] command) {
        String text = new String(command, StandardCharsets.UTF_8);
        int end = text.indexOf('\0');
        return Unprintable.PATTERN.matcher(end < 0 ? text : text.substring(0, end)).replaceAll("?");
    }

    @Override
    public int awaitMembers(List<Member> members, long cancel, long timeoutNanos) throws OsException {
        List<long[]> raw = members.stream()
                .map(member -> new long[] {member.pid(), member.leader(), member.handle(), member.started()})
                .toList();
        return (int) check(NativeCalls.awaitMembers(raw, cancel, timeoutNanos == Long.MAX_VALUE ? -1 : timeoutNanos));
    }

    @Override
    public long openCancel() throws OsException {
        return check(NativeCalls.cancelOpen());
    }

    @Override
    public void fireCancel(long cancel) throws OsException {
        check(NativeCalls.cancelFire(cancel));
    }

    @Override
    public void drainCancel(long cancel) throws OsException {
        check(NativeCalls.cancelDrain(cancel));
    }

    @Override
    public void release(NativeProcess process) {
        NativeCalls.release(process.raw());
    }

    @Override
    public long openMonitor() throws OsException {
        return check(NativeCalls.monitorOpen());
    }

    @Override
    public boolean watch(long monitor, Optional<NativeProcess> process, long pipe, int events, long token)
            throws OsException {
        long result = process.isPresent()
                ? NativeCalls.monitorAdd(monitor, process.get().raw(), token)
                : NativeCalls.monitorAdd(monitor, pipe, events, token);
        if (result < 0 && category(result) == LastcallNative.LC_ERR_UNSUPPORTED()) {
            return false;
        }
        check(result);
        return true;
    }

    @Override
    public void unwatch(long monitor, Optional<NativeProcess> process, long pipe) {
        if (process.isPresent()) {
            NativeCalls.monitorRemove(monitor, process.get().raw());
        } else {
            NativeCalls.monitorRemove(monitor, pipe);
        }
    }

    @Override
    public long[] awaitMonitor(long monitor, long timeoutNanos) throws OsException {
        NativeCalls.Told told = NativeCalls.monitorWait(monitor, timeoutNanos);
        check(told.result());
        return told.tokens();
    }

    @Override
    public PipeEnds pipe(Direction direction) throws OsException {
        NativeCalls.Pipe pipe = NativeCalls.pipe(
                direction == Direction.TO_CHILD
                        ? LastcallNative.LC_PIPE_TO_CHILD()
                        : LastcallNative.LC_PIPE_FROM_CHILD());
        check(pipe.result());
        return new PipeEnds(pipe.ours(), pipe.theirs());
    }

    @Override
    public long open(byte[] path, OpenMode mode) throws OsException {
        return check(NativeCalls.open(
                path,
                switch (mode) {
                    case READ -> LastcallNative.LC_OPEN_READ();
                    case TRUNCATE -> LastcallNative.LC_OPEN_TRUNCATE();
                    case APPEND -> LastcallNative.LC_OPEN_APPEND();
                }));
    }

    @Override
    public int read(long handle, byte[] buffer, int offset, int length) throws OsException {
        return countOrAgain(NativeCalls.read(handle, buffer, offset, Math.min(length, CHUNK)));
    }

    @Override
    public int write(long handle, byte[] buffer, int offset, int length) throws OsException {
        return countOrAgain(NativeCalls.write(handle, buffer, offset, Math.min(length, CHUNK)));
    }

    private static int countOrAgain(long result) throws OsException {
        if (result < 0 && category(result) == LastcallNative.LC_ERR_AGAIN()) {
            return AGAIN;
        }
        return (int) check(result);
    }

    @Override
    public int available(long handle) throws OsException {
        return (int) check(NativeCalls.available(handle));
    }

    @Override
    public boolean isTerminal(long handle) {
        return NativeCalls.isTerminal(handle) == 1;
    }

    @Override
    public byte[] environment() throws OsException {
        if (Family.WINDOWS) {
            return new byte[0];
        }
        NativeCalls.Environment environment = NativeCalls.environment();
        if (environment.result() < 0 && category(environment.result()) == LastcallNative.LC_ERR_RESOURCES()) {
            throw osException(environment.result());
        }
        return environment.block();
    }

    @Override
    public void close(long handle) {
        NativeCalls.close(handle);
    }

    private static long check(long result) throws OsException {
        if (result < 0) {
            throw osException(result);
        }
        return result;
    }

    // The layout of an error is told in lastcall.h.

    private static int category(long result) {
        return (int) (-result >>> 32) & 0xff;
    }

    private static int stage(long result) {
        return (int) (-result >>> 40) & 0xff;
    }

    private static OsException osException(long result) {
        int code = (int) -result;
        int call = (int) (-result >>> 48);
        return new OsException(code, NativeCalls.errorName(code), NativeCalls.callName(call));
    }
}
