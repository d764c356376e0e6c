package io.github.lastcall.internal.exit;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Shares scans: who asks while one is under way waits for the next, which serves all leaders that have been asked for
 * by then. A scan that began before the question would not answer it.
 */
public final class Scans {

    private final OsPort os;

    /** Guards what follows; not held while scanning. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition scanned = lock.newCondition();
    private List<Request> pending = new ArrayList<>();
    private boolean scanning;

    /** One question. Its answer is guarded by the lock. */
    private static final class Request {
        final NativeProcess leader;
        final boolean facts;
        boolean done;
        Optional<GroupScan> answer = Optional.empty();
        Optional<OsException> failure = Optional.empty();

        Request(NativeProcess leader, boolean facts) {
            this.leader = leader;
            this.facts = facts;
        }
    }

    /** Creates the scans of an OS. */
    public Scans(OsPort os) {
        this.os = os;
    }

    /** The OS that is looked through. */
    public OsPort os() {
        return os;
    }

    /**
     * Looks for the members of a group. An interrupt does not cut it short: it takes milliseconds.
     *
     * @return what was seen; empty: the OS does not let us see all processes
     */
    Optional<GroupScan> scan(NativeProcess leader, boolean facts) throws OsException {
        Request request = new Request(leader, facts);
        lock.lock();
        try {
            pending.add(request);
            while (!request.done) {
                if (scanning) {
                    scanned.awaitUninterruptibly();
                } else {
                    scanPending();
                }
            }
        } finally {
            lock.unlock();
        }
        if (request.failure.isPresent()) {
            throw request.failure.get();
        }
        return request.answer;
    }

    /**
     * Takes those of the pending requests that one scan can answer: one of each number, the others stay for the next
     * scan. The handles of the members are for one asker to close, and would be closed twice if two were given them.
     */
    private List<Request> takeBatch() {
        Set<Long> pids = new HashSet<>();
        List<Request> batch = new ArrayList<>();
        List<Request> rest = new ArrayList<>();
        for (Request request : pending) {
            (pids.add(request.leader.pid()) ? batch : rest).add(request);
        }
        pending = rest;
        return batch;
    }

    /**
     * On a platform thread, as a scan reads thousands of files of the system. The answers too: others wait for them who
     * should not have to wait until this thread, a virtual one, has a carrier again.
     */
    private void scanPending() {
        List<Request> batch = takeBatch();
        scanning = true;
        lock.unlock();
        try {
            PlatformThreads.supply(() -> {
                scanAndAnswer(batch);
                return null;
            });
        } finally {
            lock.lock();
            if (!batch.get(0).done) {
                // Not even begun, out of memory.
                scanned(batch, Optional.empty(), Optional.empty());
            }
        }
    }

    private void scanAndAnswer(List<Request> batch) {
        Optional<List<GroupScan>> seen = Optional.empty();
        Optional<OsException> failure = Optional.empty();
        try {
            seen = scan(batch);
        } catch (OsException e) {
            failure = Optional.of(e);
        } finally {
            lock.lock();
            try {
                scanned(batch, seen, failure);
            } finally {
                lock.unlock();
            }
        }
    }

    private void scanned(List<Request> batch, Optional<List<GroupScan>> seen, Optional<OsException> failure) {
        scanning = false;
        answer(batch, seen, failure);
        scanned.signalAll();
    }

    private static void answer(List<Request> batch, Optional<List<GroupScan>> seen, Optional<OsException> failure) {
        for (int i = 0; i < batch.size(); i++) {
            Request request = batch.get(i);
            int index = i;
            request.answer = seen.map(groups -> groups.get(index));
            request.failure = failure;
            request.done = true;
        }
    }

    private Optional<List<GroupScan>> scan(List<Request> batch) throws OsException {
        List<NativeProcess> leaders = batch.stream().map(request -> request.leader).toList();
        return os.scan(leaders, batch.stream().anyMatch(request -> request.facts));
    }
}
