package io.github.lastcall.internal.exit;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.OsPort;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The process group of a leader after the leader's exit: whether anybody of it still runs, and the wait until nobody
 * does.
 *
 * <p>A cheap probe comes first; when it says that the group does not exist, that is so. When it says that it does,
 * those may be zombies, of which a pid 1 that reaps late or never leaves many; then a scan tells. The members found are
 * waited for by their pidfds, and looked for again, because one may have forked while it was looked at.
 */
public final class Group {

    /** How often to probe where members cannot be seen: 20 ms. */
    private static final long BLIND_PAUSE = 20_000_000;

    /** How long to wait at most before looking again: 1 s. A member that leaves the group tells nobody. */
    private static final long LONGEST_WAIT = 1_000_000_000;

    private final OsPort os;
    private final Waiters waiters;
    private final Leader leader;

    /** The first members that were seen after the leader's exit. */
    private volatile List<Member> stragglers = List.of();

    private volatile boolean outlived;

    /** What a look saw. */
    private sealed interface Standing {
        record Gone() implements Standing {}

        /** Their handles are to be closed. */
        record Alive(List<Member> members) implements Standing {}

        /** Somebody, of whom nothing can be seen. */
        record Hidden() implements Standing {}
    }

    /** Creates the group of a leader. */
    public Group(OsPort os, Waiters waiters, Leader leader) {
        this.os = os;
        this.waiters = waiters;
        this.leader = leader;
    }

    /** The members that were alive when the group was first looked at after the leader's exit. */
    public List<Member> stragglers() {
        return stragglers;
    }

    /** Returns whether somebody outlived the leader, for all that could be seen: not everybody shows in every /proc. */
    public boolean outlivedLeader() {
        return outlived;
    }

    /** Returns whether nobody of the group runs any more. To be asked after the leader's exit has been seen. */
    public boolean isGone() throws OsException {
        Standing standing = look();
        close(standing);
        return standing instanceof Standing.Gone;
    }

    /**
     * Returns who of the group, the leader included, runs. The handles of the members are closed already.
     *
     * @param facts whether to look at what they do with signals
     * @return the members; empty: the OS does not let us see all of them
     */
    public Optional<List<Member>> members(boolean facts) throws OsException {
        Optional<GroupScan> scan = leader.scan(facts);
        scan.ifPresent(seen -> close(seen.live()));
        return scan.filter(seen -> seen.state() != GroupScan.State.UNKNOWN).map(GroupScan::live);
    }

    /**
     * Waits until nobody of the group runs any more. To be asked after the leader's exit has been seen.
     *
     * @param limit until when; asked again after {@link Leader#wakeWaiters()}
     * @return whether that is so
     */
    public boolean awaitGone(Supplier<Deadline> limit) throws OsException, InterruptedException {
        Standing standing = look();
        if (standing instanceof Standing.Gone) {
            return true;
        }
        Waiter waiter = waiters.take();
        leader.enlist(waiter);
        try {
            return awaitGone(waiter, standing, limit);
        } finally {
            leader.dismiss(waiter);
            waiters.give(waiter);
        }
    }

    private boolean awaitGone(Waiter waiter, Standing first, Supplier<Deadline> limit)
            throws OsException, InterruptedException {
        Standing standing = first;
        while (!(standing instanceof Standing.Gone)) {
            boolean timeLeft;
            try {
                waiter.drain();
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                Deadline deadline = limit.get();
                timeLeft = !deadline.hasCome();
                if (timeLeft) {
                    await(waiter, standing, deadline);
                }
            } finally {
                close(standing);
            }
            if (!timeLeft) {
                return false;
            }
            standing = look();
        }
        return true;
    }

    private void await(Waiter waiter, Standing standing, Deadline deadline) throws OsException {
        if (standing instanceof Standing.Alive alive) {
            Deadline pause = deadline.earlier(Deadline.in(LONGEST_WAIT));
            waiter.await(os, Awaited.exits(alive.members()), pause, true);
        } else {
            Deadline pause = deadline.earlier(Deadline.in(BLIND_PAUSE));
            waiter.await(os, Awaited.NOTHING, pause, true);
        }
    }

    private Standing look() throws OsException {
        if (leader.isGroupDone()) {
            return new Standing.Gone();
        }
        Standing standing = scan();
        // Where one was alive it may have forked while we looked, and where nothing was seen the group may just have
        // ended: the second scan finds the child, or the probe before it nobody.
        if (standing instanceof Standing.Gone && !stragglers.isEmpty() || standing instanceof Standing.Hidden) {
            standing = leader.isGroupDone() ? new Standing.Gone() : scan();
        }
        if (standing instanceof Standing.Gone) {
            leader.groupIsDone();
        } else if (standing instanceof Standing.Alive alive && stragglers.isEmpty()) {
            stragglers = alive.members();
        }
        if (!(standing instanceof Standing.Gone)) {
            outlived = true;
        }
        return standing;
    }

    private Standing scan() throws OsException {
        Optional<GroupScan> scan = scanIfPossible();
        if (scan.isEmpty() || scan.get().state() == GroupScan.State.UNKNOWN) {
            return new Standing.Hidden();
        }
        if (!scan.get().live().isEmpty()) {
            return new Standing.Alive(scan.get().live());
        }
        boolean explained = scan.get().state() == GroupScan.State.EMPTY
                || scan.get().zombies() > 0
                || !leader.isReaped();
        return explained ? new Standing.Gone() : new Standing.Hidden();
    }

    /** Out of descriptors it can be possible in a moment, and the probe needs none: no reason to cut a phase short. */
    private Optional<GroupScan> scanIfPossible() {
        try {
            return leader.scan(false);
        } catch (OsException notNow) {
            return Optional.empty();
        }
    }

    private void close(Standing standing) {
        if (standing instanceof Standing.Alive alive) {
            close(alive.members());
        }
    }

    private void close(List<Member> members) {
        for (Member member : members) {
            if (member.handle() >= 0) {
                os.close(member.handle());
            }
        }
    }
}
