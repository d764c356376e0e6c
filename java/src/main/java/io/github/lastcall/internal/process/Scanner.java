package io.github.lastcall.internal.process;

import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.wait.Threads;
import io.github.lastcall.internal.wait.Word;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * One daemon platform thread that looks through all processes for the members of groups. One scan serves everybody who
 * has asked before it began; an older one would not answer.
 *
 * <p>The requests are guarded by {@link #word}, which is not held while scanning. The answers are given on this thread.
 */
public final class Scanner {

    private final Word word = new Word();
    private List<Request> pending = new ArrayList<>();
    private Optional<Thread> thread = Optional.empty();
    private volatile boolean ended;

    /** Takes an answer, on the scanner's thread. */
    @FunctionalInterface
    interface Answer {
        /**
         * Takes it.
         *
         * @param began the time at which the scan began
         * @param scan what it saw; empty: the OS does not let us see all processes, or not now
         */
        void take(long began, Optional<GroupScan> scan);
    }

    private record Request(OsPort os, NativeProcess leader, boolean facts, Answer answer) {}

    /**
     * Starts the thread, unless it runs.
     *
     * @throws OutOfMemoryError the system gives no thread; the next call tries again
     */
    public void start() {
        word.acquire();
        try {
            if (thread.isEmpty()) {
                Thread fresh = Threads.daemon("lastcall-scanner", this::run);
                fresh.start();
                thread = Optional.of(fresh);
            }
        } finally {
            word.release();
        }
    }

    /** Ends the thread after what was asked of it. From then on who asks scans himself. */
    public void end() {
        word.acquire();
        ended = true;
        word.release();
        wake();
    }

    /**
     * Asks for a scan that begins after this call.
     *
     * @param leader whose group; its numbers must stay its own until the answer
     * @param facts whether to look at what the members do with signals
     */
    void request(OsPort os, NativeProcess leader, boolean facts, Answer answer) {
        Request request = new Request(os, leader, facts, answer);
        word.acquire();
        boolean here = ended;
        try {
            if (!here) {
                pending.add(request);
            }
        } finally {
            word.release();
        }
        if (here) {
            scan(List.of(request));
        } else {
            wake();
        }
    }

    private void wake() {
        if (thread.isPresent()) {
            LockSupport.unpark(thread.get());
        }
    }

    private void run() {
        while (true) {
            try {
                List<Request> batch = take();
                if (batch.isEmpty() && ended) {
                    return;
                }
                if (batch.isEmpty()) {
                    LockSupport.park(this);
                } else {
                    scan(batch);
                }
            } catch (Throwable failure) {
                // Out of memory, say. Who has asked asks again.
            }
        }
    }

    /**
     * Takes requests that one scan can answer: of one OS, and one of each number. The handles of the members are for
     * one asker to close, and would be closed twice if two were given them.
     */
    private List<Request> take() {
        word.acquire();
        try {
            if (pending.isEmpty()) {
                return List.of();
            }
            OsPort os = pending.get(0).os();
            Set<Long> pids = new HashSet<>();
            List<Request> batch = new ArrayList<>();
            List<Request> rest = new ArrayList<>();
            for (Request request : pending) {
                (request.os() == os && pids.add(request.leader().pid()) ? batch : rest).add(request);
            }
            pending = rest;
            return batch;
        } finally {
            word.release();
        }
    }

    private static void scan(List<Request> batch) {
        long began = System.nanoTime();
        Optional<List<GroupScan>> seen = look(batch);
        for (int i = 0; i < batch.size(); i++) {
            answer(batch.get(i).answer(), began, seen, i);
        }
    }

    /** Whatever fails here, all others are answered as well. */
    private static void answer(Answer answer, long began, Optional<List<GroupScan>> seen, int index) {
        Optional<GroupScan> scan = Optional.empty();
        try {
            scan = seen.map(groups -> groups.get(index));
        } catch (Throwable outOfMemory) {
            // As if nothing had been seen.
        }
        try {
            answer.take(began, scan);
        } catch (Throwable failure) {
            // It has asked again, or will.
        }
    }

    private static Optional<List<GroupScan>> look(List<Request> batch) {
        try {
            List<NativeProcess> leaders = new ArrayList<>(batch.size());
            boolean facts = false;
            for (Request request : batch) {
                leaders.add(request.leader());
                facts |= request.facts();
            }
            return batch.get(0).os().scan(leaders, facts);
        } catch (Throwable notNow) {
            // Out of descriptors or memory, a sandbox: what can be known without it is.
            return Optional.empty();
        }
    }

    /** Closes the handles of members that nobody waits for. */
    static void close(OsPort os, List<Member> members) {
        for (Member member : members) {
            if (member.handle() >= 0) {
                os.close(member.handle());
            }
        }
    }
}
