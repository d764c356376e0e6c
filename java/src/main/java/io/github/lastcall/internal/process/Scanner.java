package io.github.lastcall.internal.process;

import io.github.lastcall.internal.os.GroupScan;
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
 * One daemon platform thread that scans all processes for the members of groups. One scan answers every request that
 * was made before it began; the result of an older scan would be out of date.
 *
 * <p>{@link #word} guards the requests and is not held during a scan. The answers are given on this thread.
 */
public final class Scanner {

    private final Word word = new Word();
    private List<Request> pending = new ArrayList<>();
    private Optional<Thread> thread = Optional.empty();
    private volatile boolean ended;

    /** Receives an answer, on the scanner's thread. */
    @FunctionalInterface
    interface Answer {
        /**
         * Takes it.
         *
         * @param began when the scan began
         * @param scan the result; empty: not all processes can be seen, or the scan has failed
         */
        void take(long began, Optional<GroupScan> scan);
    }

    private record Request(OsPort os, NativeProcess leader, boolean signals, Answer answer) {}

    /**
     * Starts the thread. To be called once, before other threads know this scanner.
     *
     * @throws OutOfMemoryError the system gives no thread
     */
    public void start() {
        thread = Optional.of(Threads.daemon("lastcall-scanner", this::run));
        thread.get().start();
    }

    /** Ends the thread after the pending requests. A later request is served by the calling thread. */
    public void end() {
        word.acquire();
        ended = true;
        word.release();
        wake();
    }

    /**
     * Requests a scan that begins after this call.
     *
     * @param leader the leader of the group; it must stay pinned until the answer
     * @param signals whether to look at what the members do with signals
     */
    void request(OsPort os, NativeProcess leader, boolean signals, Answer answer) {
        Request request = new Request(os, leader, signals, answer);
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
                // For example out of memory. The request is repeated later.
            }
        }
    }

    /**
     * Takes requests that one scan can answer: of one OS port, and one for each pid. Each request closes the handles of
     * its members, so two requests must not get the same handles.
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

    /** Answers one request. A failure does not keep the others from their answers. */
    private static void answer(Answer answer, long began, Optional<List<GroupScan>> seen, int index) {
        Optional<GroupScan> scan = Optional.empty();
        try {
            scan = seen.map(groups -> groups.get(index));
        } catch (Throwable outOfMemory) {
            // The answer is empty.
        }
        try {
            answer.take(began, scan);
        } catch (Throwable failure) {
            // The receiver has requested another scan, or will.
        }
    }

    private static Optional<List<GroupScan>> look(List<Request> batch) {
        try {
            List<NativeProcess> leaders = new ArrayList<>(batch.size());
            boolean signals = false;
            for (Request request : batch) {
                leaders.add(request.leader());
                signals |= request.signals();
            }
            return batch.get(0).os().scan(leaders, signals);
        } catch (Throwable notNow) {
            // Out of descriptors or memory, or a sandbox. The stop goes on without a scan.
            return Optional.empty();
        }
    }
}
