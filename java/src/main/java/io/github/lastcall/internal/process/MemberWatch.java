package io.github.lastcall.internal.process;

import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.wait.Loop;
import io.github.lastcall.internal.wait.Watched;
import io.github.lastcall.internal.wait.Word;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Watches the members that one scan has found until all of them have exited, and the events of the cgroup if there is
 * one. It owns their handles.
 *
 * <p>Guarded by {@link #word}: {@link #close} may run before {@link #begin}.
 */
final class MemberWatch {

    private final OsPort os;
    private final Loop loop;
    private final List<Member> members;
    private final long events;
    private final Runnable allExited;
    private final Word word = new Word();
    private final List<Watched> watched = new ArrayList<>();
    private final Runnable exited = this::exited;
    private final AtomicInteger left = new AtomicInteger();
    private boolean closed;

    /**
     * Creates a watch that has not begun.
     *
     * @param events the cgroup's file of events, read once; -1: none
     * @param allExited called when all members have exited, and when the cgroup has become empty
     */
    MemberWatch(OsPort os, Loop loop, List<Member> members, long events, Runnable allExited) {
        this.os = os;
        this.loop = loop;
        this.members = members;
        this.events = events;
        this.allExited = allExited;
    }

    /** Whether the exit of at least one member will be seen. */
    boolean canSee() {
        return events >= 0 || members.stream().anyMatch(member -> member.handle() >= 0);
    }

    /** Begins to watch, unless it is closed. */
    void begin() {
        word.acquire();
        try {
            left.set(1);
            if (!closed && events >= 0) {
                loop.watch(Watched.changed(events), allExited);
            }
            for (Member member : members) {
                if (!closed && member.handle() >= 0) {
                    watch(Watched.exit(member.process()));
                }
            }
            if (watched.isEmpty()) {
                return;
            }
        } finally {
            word.release();
        }
        exited();
    }

    private void watch(Watched one) {
        left.incrementAndGet();
        if (loop.watch(one, exited)) {
            watched.add(one);
        } else {
            left.decrementAndGet();
        }
    }

    /** Called once for every member that exits, and once when all are watched. */
    private void exited() {
        if (left.decrementAndGet() == 0) {
            allExited.run();
        }
    }

    /** Ends the watches and closes the handles. Idempotent. */
    void close() {
        word.acquire();
        try {
            if (!closed) {
                closed = true;
                for (Watched one : watched) {
                    loop.unwatch(one, exited);
                }
                os.close(members);
                if (events >= 0) {
                    loop.unwatch(Watched.changed(events), allExited);
                    os.close(events);
                }
            }
        } finally {
            word.release();
        }
    }
}
