package io.github.lastcall.internal.os;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.generated.LastcallNative;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The operating system through the C library: decodes its results. */
public final class NativeOs implements OsPort {

    /** How many members a scan has room for at first. */
    private static final int FEW_MEMBERS = 64;

    /** How many descriptors one scan may open for members. The next scan handles the others. */
    private static final int MOST_HANDLES = 32;

    /** The same limit for scans with a marked process. */
    private static final int MOST_MARKED_HANDLES = 1024;

    private final boolean groupByPidfd;
    private final boolean handles;

    private NativeOs(long features) {
        this.groupByPidfd = (features & LastcallNative.LC_FEATURE_PIDFD_GROUP) != 0;
        this.handles = (features & LastcallNative.LC_FEATURE_PIDFD) != 0;
    }

    private static volatile Optional<NativeOs> instance = Optional.empty();

    /**
     * Returns the only instance; the first call loads the library. After a failure the next call tries again.
     *
     * @throws UnsatisfiedLinkError the library cannot be used; the message says why and what to do
     */
    public static NativeOs instance() {
        if (instance.isEmpty()) {
            instance = Optional.of(new NativeOs(LibraryLoader.load()));
        }
        return instance.get();
    }

    @Override
    public void start(SpawnRequest request, NativeProcess process) throws SpawnFailure {
        long result = NativeCalls.start(request, process);
        if (result < 0) {
            throw new SpawnFailure(NativeCalls.stage(result), NativeCalls.error(result));
        }
    }

    @Override
    public void attach(long pid, Scope scope, NativeProcess process) throws OsException {
        long result = NativeCalls.attach(pid, scope, process);
        if (result < 0 && NativeCalls.category(result) == LastcallNative.LC_ERR_INVALID && (int) -result == 0) {
            throw new IllegalArgumentException(pid + " is not a process that can be attached to");
        }
        NativeCalls.check(result);
    }

    @Override
    public void act(NativeProcess process) {
        if (NativeCalls.act(process) < 0) {
            throw new AssertionError("not a process that can be acted on: " + process);
        }
    }

    @Override
    public boolean hasHandles() {
        return handles;
    }

    @Override
    public boolean groupOutlivesReap(NativeProcess leader) {
        return groupByPidfd && leader.handle() >= 0 || leader.cgroup() != 0;
    }

    @Override
    public NativeProcess.Sent sendBreakToConsole(NativeProcess leader) throws OsException {
        Optional<Path> program = LibraryLoader.eventProgram();
        if (leader.group() == 0 || program.isEmpty()) {
            return NativeProcess.Sent.UNSUPPORTED;
        }
        List<Member> members = scan(List.of(leader), false).orElseThrow().get(0).live();
        try {
            return new EventProgram(this, program.get()).sendBreak(members);
        } finally {
            close(members);
        }
    }

    @Override
    public int await(Optional<NativeProcess> process, long cancel, long pipe, int events, long timeoutNanos)
            throws OsException {
        long timeout = timeoutNanos == Long.MAX_VALUE ? -1 : timeoutNanos;
        long result = process.isPresent()
                ? NativeCalls.await(process.get(), cancel, pipe, events, timeout)
                : NativeCalls.await(cancel, pipe, events, timeout);
        return (int) NativeCalls.check(result);
    }

    @Override
    public Optional<List<GroupScan>> scan(List<NativeProcess> leaders, boolean signals) throws OsException {
        int flags = LastcallNative.LC_MEMBERS_REAP | (signals ? LastcallNative.LC_MEMBERS_SIGNAL_STATE : 0);
        int capacity = FEW_MEMBERS;
        while (true) {
            try (Arena arena = Arena.ofConfined()) {
                NativeCalls.Scan scan = new NativeCalls.Scan(arena, leaders, flags, capacity, mostHandles(leaders));
                long found = scan.run();
                if (found < 0 && NativeCalls.category(found) == LastcallNative.LC_ERR_UNSUPPORTED) {
                    return Optional.empty();
                }
                NativeCalls.check(found);
                List<Member> members = scan.members(capacity);
                if (found == members.size()) {
                    return Optional.of(groups(leaders, scan, members));
                }
                close(members);
                capacity = Math.toIntExact(2 * Math.max(capacity, found));
            }
        }
    }

    /** A marked process outside of the group gets signals only through its handle. */
    private static int mostHandles(List<NativeProcess> leaders) {
        for (NativeProcess leader : leaders) {
            if (leader.isMarked()) {
                return MOST_MARKED_HANDLES;
            }
        }
        return MOST_HANDLES;
    }

    private static List<GroupScan> groups(List<NativeProcess> leaders, NativeCalls.Scan scan, List<Member> members) {
        List<GroupScan> groups = new ArrayList<>(leaders.size());
        for (int i = 0; i < leaders.size(); i++) {
            long leader = leaders.get(i).pid();
            List<Member> live = new ArrayList<>();
            List<Member> unreadable = new ArrayList<>(0);
            for (Member member : members) {
                if (member.leader() == leader) {
                    (member.isUnreadable() ? unreadable : live).add(member);
                }
            }
            groups.add(new GroupScan(GroupScan.State.of(scan.state(i)), scan.zombies(i), live, unreadable));
        }
        return groups;
    }

    @Override
    public boolean hasExitedChild() {
        return NativeCalls.anyExit() != 0;
    }

    @Override
    public boolean adoptsOrphans() {
        return NativeCalls.orphan(0) >= 0;
    }

    @Override
    public long openCancel() throws OsException {
        return NativeCalls.check(NativeCalls.cancelOpen());
    }

    @Override
    public void fireCancel(long cancel) throws OsException {
        NativeCalls.check(NativeCalls.cancelFire(cancel));
    }

    @Override
    public void drainCancel(long cancel) throws OsException {
        NativeCalls.check(NativeCalls.cancelDrain(cancel));
    }

    @Override
    public long openAlarm() throws OsException {
        return NativeCalls.check(NativeCalls.alarmOpen());
    }

    @Override
    public void setAlarm(long alarm, long afterNanos) throws OsException {
        NativeCalls.check(NativeCalls.alarmSet(alarm, afterNanos));
    }

    @Override
    public long openMonitor() throws OsException {
        return NativeCalls.check(NativeCalls.monitorOpen());
    }

    @Override
    public boolean watch(long monitor, Optional<NativeProcess> process, long handle, int events, long token)
            throws OsException {
        long result = process.isPresent()
                ? NativeCalls.monitorSet(monitor, process.get(), token)
                : NativeCalls.monitorSet(monitor, handle, events, token);
        if (result < 0 && NativeCalls.category(result) == LastcallNative.LC_ERR_UNSUPPORTED) {
            return false;
        }
        NativeCalls.check(result);
        return true;
    }

    @Override
    public void unwatch(long monitor, Optional<NativeProcess> process, long handle) {
        if (process.isPresent()) {
            NativeCalls.monitorSet(monitor, process.get(), 0);
        } else {
            NativeCalls.monitorSet(monitor, handle, 0, 0);
        }
    }

    @Override
    public int awaitMonitor(long monitor, long[] tokens, long timeoutNanos) throws OsException {
        long timeout = timeoutNanos == Long.MAX_VALUE ? -1 : timeoutNanos;
        return (int) NativeCalls.check(NativeCalls.monitorWait(monitor, tokens, timeout));
    }

    @Override
    public long open(byte[] path, OpenMode mode) throws OsException {
        return NativeCalls.check(NativeCalls.open(
                path,
                switch (mode) {
                    case READ -> LastcallNative.LC_OPEN_READ;
                    case TRUNCATE -> LastcallNative.LC_OPEN_TRUNCATE;
                    case APPEND -> LastcallNative.LC_OPEN_APPEND;
                    case DIRECTORY -> LastcallNative.LC_OPEN_DIRECTORY;
                }));
    }

    @Override
    public long[] openPipe() throws OsException {
        return NativeCalls.pipe();
    }

    @Override
    public void enlargePipe(long handle) {
        NativeCalls.pipeEnlarge(handle);
    }

    @Override
    public int read(long handle, byte[] buffer, int offset, int length) throws OsException {
        return countOrAgain(NativeCalls.read(handle, buffer, offset, Math.min(length, MOST_READ)));
    }

    @Override
    public int read(long handle, Consumer<ByteBuffer> taker) throws OsException {
        return countOrAgain(NativeCalls.read(handle, taker));
    }

    @Override
    public int write(long handle, byte[] buffer, int offset, int length) throws OsException {
        return countOrAgain(NativeCalls.write(handle, buffer, offset, Math.min(length, MOST_READ)));
    }

    private static int countOrAgain(long result) throws OsException {
        if (result < 0 && NativeCalls.category(result) == LastcallNative.LC_ERR_AGAIN) {
            return AGAIN;
        }
        return (int) NativeCalls.check(result);
    }

    @Override
    public int available(long handle) throws OsException {
        long available = NativeCalls.check(NativeCalls.query(handle, LastcallNative.LC_QUERY_AVAILABLE));
        return (int) Math.min(available, Integer.MAX_VALUE);
    }

    @Override
    public boolean isTerminal(long handle) {
        return NativeCalls.query(handle, LastcallNative.LC_QUERY_TERMINAL) == 1;
    }

    /**
     * The environment that this JVM was started with, as a block of entries that each end in NUL; empty: not known.
     *
     * @throws OsException it cannot be read now
     */
    public byte[] environment() throws OsException {
        return Family.WINDOWS ? new byte[0] : NativeCalls.environment();
    }

    @Override
    public void close(long handle) {
        NativeCalls.close(handle);
    }
}
