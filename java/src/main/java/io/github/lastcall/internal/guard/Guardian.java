package io.github.lastcall.internal.guard;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.EnvironmentBlock;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.GuardianSlot;
import io.github.lastcall.internal.os.NativeGuardian;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.SpawnRequest;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.stop.Action;
import io.github.lastcall.internal.stop.Phase;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.wait.Threads;
import io.github.lastcall.internal.wait.Watched;
import io.github.lastcall.internal.wait.Word;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The program that stops children when this JVM has ended, however it did. It is started with the first child that asks
 * for it, and again when it has ended while there is such a child.
 *
 * <p><b>Concurrency.</b> {@link #word} guards the slots and which guardian is the current one; {@link #opening} is held
 * while one is started, which takes milliseconds, and by nobody who must not wait. A socket is closed when it is not
 * the current one and no start uses it. A child that starts while the guardian changes is made known to the new one:
 * either the change finds it started, or its start finds the guardian changed.
 */
public final class Guardian {

    /** How long to try to register a child: 1 s. The guardian reads a hundred registrations in a millisecond. */
    private static final long SEND_NANOS = 1_000_000_000;

    private static final long NAP_NANOS = 1_000_000;

    private final OsPort os;
    private final Threads threads;
    private final Supplier<List<Child>> children;
    private final EnvironmentBlock environment;
    private final NativeGuardian program = new NativeGuardian();

    private final Word opening = new Word();
    private final Word word = new Word();
    private Optional<Link> current = Optional.empty();
    private boolean ended;

    /** The slots of children that are not gone, and their numbers: the lowest free one is taken. */
    private final Set<GuardianSlot> slots = new HashSet<>();

    private final BitSet numbers = new BitSet();

    /** One guardian that runs, or did. */
    private final class Link {
        private final long socket;
        private final int room;
        private final Watched watched;
        private final Runnable lost = () -> threads.pool().execute(() -> lost(this));

        /** Starts that use the socket. */
        private int users;

        Link(NativeGuardian.Started started) {
            this.socket = started.socket();
            this.room = started.slots();
            this.watched = Watched.readable(socket);
        }
    }

    /** That of the child of one start, which the guardian takes in before its program runs. Used by one thread. */
    public final class Registration {
        private final Child child;
        private final GuardianSlot slot;
        private Optional<Link> used;

        private Registration(Child child, GuardianSlot slot, Link link) {
            this.child = child;
            this.slot = slot;
            this.used = Optional.of(link);
        }

        /** What the native call of the start sends to the guardian. */
        public SpawnRequest.Guardian request() {
            return new SpawnRequest.Guardian(used.orElseThrow().socket, slot);
        }

        /**
         * Goes on with another guardian, as this one has taken nothing.
         *
         * @throws IOException another one could not be started
         */
        public void again() throws IOException {
            Optional<Link> failed = used;
            used = Optional.empty();
            leave(failed.orElseThrow());
            replace(failed);
            used = Optional.of(use());
            awaitRoom(used.get());
        }

        /** Ends it. If there is another guardian by now, a child that runs is registered with that one. */
        public void end() {
            if (used.isPresent()) {
                Optional<Link> now = leave(used.get());
                if (child.isStarted() && now.isPresent() && now.get() != used.get()) {
                    register(child, now.get());
                }
            }
        }
    }

    /**
     * Creates it; nothing is started.
     *
     * @param children those that have been started, or are going to be
     * @param environment what the commands of policies get
     */
    Guardian(Threads threads, Supplier<List<Child>> children, EnvironmentBlock environment) {
        this.environment = environment;
        this.os = threads.os();
        this.threads = threads;
        this.children = children;
    }

    // Starts

    /**
     * Takes a slot for a child that is to be started. {@link Registration#end} has to follow.
     *
     * @throws IOException there is no guardian, or it has no slot left
     */
    Registration begin(Child child, Plan plan) throws IOException {
        List<GuardianSlot.Step> steps = steps(plan);
        Optional<byte[]> cgroup = child.cgroup().map(path -> Family.bytes(path.toString()));
        if (!GuardianSlot.canHold(steps, cgroup)) {
            throw new IOException("the policy has more phases, or longer commands, than its slot can hold");
        }
        Link link = use();
        boolean begun = false;
        try {
            GuardianSlot slot = take(link);
            slot.arm(child.policy().mode(), steps, cgroup, child.mark());
            child.guardedBy(slot, plan);
            begun = true;
            return new Registration(child, slot, link);
        } finally {
            if (!begun) {
                leave(link);
            }
        }
    }

    /** Code of this JVM is left out: it has ended with it. */
    private static List<GuardianSlot.Step> steps(Plan plan) {
        List<GuardianSlot.Step> steps = new ArrayList<>(plan.phases().size() + 1);
        for (Phase phase : plan.phases()) {
            if (!phase.action().isCode()) {
                steps.add(step(phase));
            }
        }
        steps.add(step(plan.forceful()));
        return steps;
    }

    private static GuardianSlot.Step step(Phase phase) {
        List<byte[]> command = phase.action() instanceof Action.Run run ? Family.bytes(run.command()) : List.of();
        return new GuardianSlot.Step(phase.signal(), command, phase.timeoutNanos());
    }

    private GuardianSlot take(Link link) throws IOException {
        word.acquire();
        try {
            int number = numbers.nextClearBit(0);
            if (number < link.room) {
                GuardianSlot slot = program.slot(number);
                slots.add(slot);
                numbers.set(number);
                return slot;
            }
        } finally {
            word.release();
        }
        throw new IOException("the guardian has " + link.room + " processes, and can hold no more");
    }

    /** Takes the slot of a child back that is gone, or was never started. Idempotent. */
    void giveBack(GuardianSlot slot) {
        slot.end();
        word.acquire();
        if (slots.remove(slot)) {
            numbers.clear(slot.number());
        }
        word.release();
    }

    // Guardians

    /** Returns the current one, started if there is none. Its socket stays open until {@link #leave}. */
    private Link use() throws IOException {
        while (true) {
            word.acquire();
            Optional<Link> link = current;
            if (link.isPresent()) {
                link.get().users++;
            }
            word.release();
            if (link.isPresent()) {
                return link.get();
            }
            replace(Optional.empty());
        }
    }

    /** Ends a use; returns the current one. */
    private Optional<Link> leave(Link link) {
        word.acquire();
        link.users--;
        Optional<Link> now = current;
        boolean unused = link.users == 0 && !isCurrent(link);
        word.release();
        if (unused) {
            os.close(link.socket);
        }
        return now;
    }

    private boolean isCurrent(Link link) {
        return current.isPresent() && current.get() == link;
    }

    /** Starts another one, unless another thread has, and registers all that run with it. */
    private void replace(Optional<Link> failed) throws IOException {
        opening.acquire();
        try {
            word.acquire();
            boolean same = current.equals(failed);
            word.release();
            if (same) {
                drop(failed);
                open();
            }
        } finally {
            opening.release();
        }
    }

    private void open() throws IOException {
        Link fresh = new Link(program.start(environment));
        Optional<Link> opened = Optional.of(fresh);
        word.acquire();
        boolean late = ended;
        current = late ? Optional.empty() : opened;
        word.release();
        if (late) {
            os.close(fresh.socket);
            throw new IllegalStateException("Lastcall is being released: no process is started meanwhile");
        }
        threads.loop().watch(fresh.watched, fresh.lost);
        for (Child child : children.get()) {
            register(child, fresh);
        }
    }

    /** Lets it be the current one no longer. */
    private void drop(Optional<Link> link) {
        word.acquire();
        boolean dropped = link.isPresent() && isCurrent(link.get());
        if (dropped) {
            current = Optional.empty();
        }
        boolean unused = dropped && link.get().users == 0;
        word.release();
        if (dropped) {
            threads.loop().unwatch(link.get().watched, link.get().lost);
        }
        if (unused) {
            os.close(link.get().socket);
        }
    }

    /** On a thread of the pool: the guardian has ended. Without children no other one is needed. */
    private void lost(Link link) {
        List<Child> left = children.get().stream().filter(Child::isGuarded).toList();
        try {
            if (left.isEmpty()) {
                drop(Optional.of(link));
            } else {
                replace(Optional.of(link));
            }
        } catch (IOException e) {
            left.forEach(child -> notGuarded(child, e));
        }
    }

    private static void notGuarded(Child child, IOException why) {
        Log.error(
                child::onPool,
                child.subject(),
                () -> "goes on if this JVM is killed: its guardian has ended, and another one cannot be had: "
                        + why.getMessage(),
                null);
    }

    /** Again and again: its socket has room for some registrations at a time. */
    private static void register(Child child, Link link) {
        Deadline limit = Deadline.in(SEND_NANOS);
        while (true) {
            try {
                child.register(link.socket);
                return;
            } catch (OsException e) {
                if (limit.hasCome()) {
                    notGuarded(child, e);
                    return;
                }
                LockSupport.parkNanos(NAP_NANOS);
            }
        }
    }

    /** One that has just been sent many has to read them before there is room for another. */
    private void awaitRoom(Link link) throws OsException {
        Deadline limit = Deadline.in(SEND_NANOS);
        while (os.await(Optional.empty(), -1, link.socket, OsPort.WRITABLE, 0) == 0 && !limit.hasCome()) {
            LockSupport.parkNanos(NAP_NANOS);
        }
    }

    /** Ends the guardian, which has nothing left to do. */
    void end() {
        word.acquire();
        ended = true;
        Optional<Link> last = current;
        word.release();
        drop(last);
    }
}
