package io.github.lastcall.testing;

import io.github.lastcall.OsException;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.ProcessFields;
import io.github.lastcall.internal.os.Scope;
import io.github.lastcall.internal.os.SpawnFailure;
import io.github.lastcall.internal.os.SpawnRequest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The real operating system with faults that tests can set. Without a fault it only keeps a list of the signals
 * that were sent. Faults can be set at any time, from any thread.
 */
public final class FaultyOs implements OsPort {

    private static final int EPERM = 1;
    private static final int EIO = 5;

    private final OsPort os = NativeOs.instance();
    private final List<UnixSignal> sent = new CopyOnWriteArrayList<>();
    private final List<UnixSignal> sentToGroup = new CopyOnWriteArrayList<>();
    private final AtomicInteger unreadable = new AtomicInteger();
    private final AtomicInteger stale = new AtomicInteger();
    private final AtomicInteger failedWaits = new AtomicInteger();
    private final AtomicInteger scans = new AtomicInteger();
    private final AtomicInteger enlarged = new AtomicInteger();
    private final AtomicInteger lostScans = new AtomicInteger();
    private final AtomicInteger failedScans = new AtomicInteger();
    private volatile Predicate<UnixSignal> refused = signal -> false;
    private volatile Runnable beforeSpawn = () -> {};
    private volatile Runnable beforeSignal = () -> {};
    private volatile Runnable beforeLook = () -> {};
    private volatile Runnable beforeWait = () -> {};
    private volatile Runnable beforeScan = () -> {};

    /** Refuses only these signals, with EPERM. They are not sent. */
    public FaultyOs refuse(UnixSignal... signals) {
        refused = Set.of(signals)::contains;
        return this;
    }

    /** Refuses every signal. */
    public FaultyOs refuseAll() {
        refused = signal -> true;
        return this;
    }

    /** Runs something before each spawn. */
    public FaultyOs beforeSpawn(Runnable hook) {
        beforeSpawn = hook;
        return this;
    }

    /** Runs something before each signal, refused or not. */
    public FaultyOs beforeSignal(Runnable hook) {
        beforeSignal = hook;
        return this;
    }

    /** Runs something before each look, on any thread, with the locks that it holds. */
    public FaultyOs beforeLook(Runnable hook) {
        beforeLook = hook;
        return this;
    }

    /** Runs something before each wait. */
    public FaultyOs beforeWait(Runnable hook) {
        beforeWait = hook;
        return this;
    }

    /** Runs something before each scan. */
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

    /** Lets the next scans return a result without answers. */
    public FaultyOs loseScans(int times) {
        lostScans.set(times);
        return this;
    }

    /** Lets the next scans fail with EIO. */
    public FaultyOs failScans(int times) {
        failedScans.set(times);
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

    /** How many pipes were to be enlarged. */
    public int enlargedPipes() {
        return enlarged.get();
    }

    /** How many scans of all processes there were. */
    public int scans() {
        return scans.get();
    }

    private static boolean take(AtomicInteger left) {
        return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
    }

    @Override
    public void attach(long pid, Scope scope, NativeProcess process) throws OsException {
        os.attach(pid, scope, process);
    }

    @Override
    public void act(NativeProcess process) {
        Scope scope = ProcessFields.scope(process);
        int asked = ProcessFields.requested(process);
        boolean signals = (asked & NativeProcess.SIGNAL) != 0 && process.signal() != 0;
        boolean looks = (asked & (NativeProcess.LOOK | NativeProcess.REAP)) != 0;
        if (signals) {
            beforeSignal.run();
        }
        if (looks) {
            beforeLook.run();
        }
        if (looks && take(unreadable)) {
            ProcessFields.failLook(process, EIO);
            asked &= ~(NativeProcess.LOOK | NativeProcess.REAP | NativeProcess.WAIT);
        } else if (looks && take(stale)) {
            asked &= ~(NativeProcess.LOOK | NativeProcess.REAP);
        }
        if (refused.test(UnixSignal.SIGCONT)) {
            asked &= ~NativeProcess.FOLLOW;
        }
        Optional<UnixSignal> signal = signals
                ? Optional.of(UnixSignal.of(Integer.toString(process.signal())))
                : Optional.empty();
        boolean refuses = signal.isPresent() && refused.test(signal.get());
        if (refuses) {
            int silent = ~(NativeProcess.SIGNAL | NativeProcess.MOVED | NativeProcess.FOLLOW);
            process.request(asked & silent, scope, process.signal());
            os.act(process);
            ProcessFields.failSend(process, EPERM);
            return;
        }
        process.request(asked, scope, process.signal());
        os.act(process);
        if (signal.isPresent() && process.sent() == NativeProcess.Sent.YES) {
            add(signal.get(), scope);
        }
        if ((asked & NativeProcess.FOLLOW) != 0) {
            add(UnixSignal.SIGCONT, scope);
        }
    }

    private void add(UnixSignal signal, Scope scope) {
        sent.add(signal);
        if (scope == Scope.GROUP) {
            sentToGroup.add(signal);
        }
    }

    @Override
    public int await(Optional<NativeProcess> process, long cancel, long pipe, int events, long timeoutNanos)
            throws OsException {
        beforeWait.run();
        if (process.isPresent() && take(failedWaits)) {
            throw new OsException(EIO, "EIO", "ppoll");
        }
        return os.await(process, cancel, pipe, events, timeoutNanos);
    }

    @Override
    public Optional<List<GroupScan>> scan(List<NativeProcess> leaders, boolean signals) throws OsException {
        beforeScan.run();
        scans.incrementAndGet();
        if (take(failedScans)) {
            throw new OsException(EIO, "EIO", "open");
        }
        return take(lostScans) ? Optional.of(List.of()) : os.scan(leaders, signals);
    }

    // What follows does what the OS does.

    @Override
    public void start(SpawnRequest request, NativeProcess process) throws SpawnFailure {
        beforeSpawn.run();
        os.start(request, process);
    }

    @Override
    public boolean hasHandles() {
        return os.hasHandles();
    }

    @Override
    public boolean groupOutlivesReap(NativeProcess leader) {
        return os.groupOutlivesReap(leader);
    }

    @Override
    public NativeProcess.Sent sendBreakToConsole(NativeProcess leader) throws OsException {
        return os.sendBreakToConsole(leader);
    }

    @Override
    public boolean hasExitedChild() {
        return os.hasExitedChild();
    }

    @Override
    public boolean adoptsOrphans() {
        return os.adoptsOrphans();
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
    public long openAlarm() throws OsException {
        return os.openAlarm();
    }

    @Override
    public void setAlarm(long alarm, long afterNanos) throws OsException {
        os.setAlarm(alarm, afterNanos);
    }

    @Override
    public long openMonitor() throws OsException {
        return os.openMonitor();
    }

    @Override
    public boolean watch(long monitor, Optional<NativeProcess> process, long handle, int events, long token)
            throws OsException {
        return os.watch(monitor, process, handle, events, token);
    }

    @Override
    public void unwatch(long monitor, Optional<NativeProcess> process, long handle) {
        os.unwatch(monitor, process, handle);
    }

    @Override
    public int awaitMonitor(long monitor, long[] tokens, long timeoutNanos) throws OsException {
        return os.awaitMonitor(monitor, tokens, timeoutNanos);
    }

    @Override
    public long open(byte[] path, OpenMode mode) throws OsException {
        return os.open(path, mode);
    }

    @Override
    public int read(long handle, Consumer<ByteBuffer> taker) throws OsException {
        return os.read(handle, taker);
    }

    @Override
    public long[] openPipe() throws OsException {
        return os.openPipe();
    }

    @Override
    public void enlargePipe(long handle) {
        enlarged.incrementAndGet();
        os.enlargePipe(handle);
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
    public void close(long handle) {
        os.close(handle);
    }
}
