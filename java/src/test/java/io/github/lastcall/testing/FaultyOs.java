package io.github.lastcall.testing;

import io.github.lastcall.OsException;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.os.Delivery;
import io.github.lastcall.internal.os.Exit;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.PipeEnds;
import io.github.lastcall.internal.os.Scope;
import io.github.lastcall.internal.os.SpawnFailure;
import io.github.lastcall.internal.os.SpawnRequest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * The real operating system, and what it will not do on demand. Without a fault it only keeps a list of the signals
 * that were sent. Faults can be set at any time, from any thread.
 */
public final class FaultyOs implements OsPort {

    private final OsPort os = NativeOs.instance();
    private final List<UnixSignal> sent = new CopyOnWriteArrayList<>();
    private final List<UnixSignal> sentToGroup = new CopyOnWriteArrayList<>();
    private final AtomicInteger unreadable = new AtomicInteger();
    private final AtomicInteger stale = new AtomicInteger();
    private final AtomicInteger failedWaits = new AtomicInteger();
    private final AtomicInteger scans = new AtomicInteger();
    private volatile Predicate<UnixSignal> refused = signal -> false;
    private volatile Runnable beforeSignal = () -> {};
    private volatile Runnable beforePeek = () -> {};
    private volatile Runnable beforeScan = () -> {};

    /** Refuses these signals with EPERM, and no others. They are not sent. */
    public FaultyOs refuse(UnixSignal... signals) {
        refused = Set.of(signals)::contains;
        return this;
    }

    /** Refuses every signal. */
    public FaultyOs refuseAll() {
        refused = signal -> true;
        return this;
    }

    /** Does this before each signal, refused or not. */
    public FaultyOs beforeSignal(Runnable hook) {
        beforeSignal = hook;
        return this;
    }

    /** Does this before each look, of whatever thread, under whatever lock that holds. */
    public FaultyOs beforePeek(Runnable hook) {
        beforePeek = hook;
        return this;
    }

    /** Does this before each scan. */
    public FaultyOs beforeScan(Runnable hook) {
        beforeScan = hook;
        return this;
    }

    /** Lets the next looks fail with EIO. */
    public FaultyOs unreadable(int times) {
        unreadable.set(times);
        return this;
    }

    /** Lets the next looks say that the process runs, whether it does or not. */
    public FaultyOs stale(int times) {
        stale.set(times);
        return this;
    }

    /** Lets the next waits for a process fail with EIO. */
    public FaultyOs failWaits(int times) {
        failedWaits.set(times);
        return this;
    }

    /** The signals that the OS got, each SIGCONT included, in order. */
    public List<UnixSignal> sent() {
        return List.copyOf(sent);
    }

    /** Those of them that were for the whole group. */
    public List<UnixSignal> sentToGroup() {
        return List.copyOf(sentToGroup);
    }

    /** How many times all processes were looked through. */
    public int scans() {
        return scans.get();
    }

    private static boolean take(AtomicInteger left) {
        return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
    }

    @Override
    public boolean signal(NativeProcess process, Scope scope, UnixSignal signal) throws OsException {
        beforeSignal.run();
        if (refused.test(signal)) {
            throw new OsException(1, "EPERM", "pidfd_send_signal");
        }
        sent.add(signal);
        if (scope == Scope.GROUP) {
            sentToGroup.add(signal);
        }
        return os.signal(process, scope, signal);
    }

    @Override
    public Exit peek(NativeProcess process) throws OsException {
        return hidesExit() ? new Exit.Running() : os.peek(process);
    }

    @Override
    public Exit reap(NativeProcess process) throws OsException {
        return hidesExit() ? new Exit.Running() : os.reap(process);
    }

    private boolean hidesExit() throws OsException {
        beforePeek.run();
        if (take(unreadable)) {
            throw new OsException(5, "EIO", "waitid");
        }
        return take(stale);
    }

    @Override
    public Delivery sendBreak(NativeProcess leader) throws OsException {
        return os.sendBreak(leader);
    }

    @Override
    public int await(Optional<NativeProcess> process, long cancel, long pipe, int events, long timeoutNanos)
            throws OsException {
        if (process.isPresent() && take(failedWaits)) {
            throw new OsException(5, "EIO", "ppoll");
        }
        return os.await(process, cancel, pipe, events, timeoutNanos);
    }

    // What follows does what the OS does.

    @Override
    public NativeProcess spawn(SpawnRequest request) throws SpawnFailure {
        return os.spawn(request);
    }

    @Override
    public boolean groupOutlivesReap(NativeProcess leader) {
        return os.groupOutlivesReap(leader);
    }

    @Override
    public boolean groupExists(NativeProcess leader) throws OsException {
        return os.groupExists(leader);
    }

    @Override
    public Optional<List<GroupScan>> scan(List<NativeProcess> leaders, boolean facts) throws OsException {
        beforeScan.run();
        scans.incrementAndGet();
        return os.scan(leaders, facts);
    }

    @Override
    public int awaitMembers(List<Member> members, long cancel, long timeoutNanos) throws OsException {
        return os.awaitMembers(members, cancel, timeoutNanos);
    }

    @Override
    public long openCancel() throws OsException {
        return os.openCancel();
    }

    @Override
    public void fireCancel(long cancel) throws OsException {
        os.fireCancel(cancel);
    }

    @Override
    public void drainCancel(long cancel) throws OsException {
        os.drainCancel(cancel);
    }

    @Override
    public void release(NativeProcess process) {
        os.release(process);
    }

    @Override
    public long openMonitor() throws OsException {
        return os.openMonitor();
    }

    @Override
    public boolean watch(long monitor, Optional<NativeProcess> process, long pipe, int events, long token)
            throws OsException {
        return os.watch(monitor, process, pipe, events, token);
    }

    @Override
    public void unwatch(long monitor, Optional<NativeProcess> process, long pipe) {
        os.unwatch(monitor, process, pipe);
    }

    @Override
    public long[] awaitMonitor(long monitor, long timeoutNanos) throws OsException {
        return os.awaitMonitor(monitor, timeoutNanos);
    }

    @Override
    public PipeEnds pipe(Direction direction) throws OsException {
        return os.pipe(direction);
    }

    @Override
    public long open(byte[] path, OpenMode mode) throws OsException {
        return os.open(path, mode);
    }

    @Override
    public int read(long handle, byte[] buffer, int offset, int length) throws OsException {
        return os.read(handle, buffer, offset, length);
    }

    @Override
    public int write(long handle, byte[] buffer, int offset, int length) throws OsException {
        return os.write(handle, buffer, offset, length);
    }

    @Override
    public int available(long handle) throws OsException {
        return os.available(handle);
    }

    @Override
    public boolean isTerminal(long handle) {
        return os.isTerminal(handle);
    }

    @Override
    public byte[] environment() throws OsException {
        return os.environment();
    }

    @Override
    public void close(long handle) {
        os.close(handle);
    }
}
