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
 * The program that stops children after the end of this JVM, also after a crash or a kill. It is started with the first
 * child that needs it, and again if it has ended while there is such a child.
 *
 * <p><b>Concurrency.</b> {@link #word} guards the slots and the current guardian. {@link #opening} is held while a
 * guardian is started, which takes milliseconds; only threads that may wait take it. A socket is closed when it is not
 * the current one and no start uses it. A child that starts while the guardian changes is registered with the new one:
 * either the change finds the child started, or the start finds the guardian changed.
 */
public final class Guardian {

    /** How long to try to register a child: 1 s. The guardian reads 100 registrations in a millisecond. */
    private static final long SEND_NANOS = 1_000_000_000;

    private static final long NAP_NANOS = 1_000_000;

    /** A guardian that ends earlier is not replaced immediately, because its successor may do the same: 100 ms. */
    private static final long AT_ONCE_NANOS = 100_000_000;

    private final OsPort os;
    private final Threads threads;
    private final Supplier<List<Child>> children;
    private final EnvironmentBlock environment;
    private final NativeGuardian program = new NativeGuardian();

    private final Word opening = new Word();
    private final Word word = new Word();
    private Optional<Link> current = Optional.empty();
    private boolean ended;

    /**
     * Whether there are children whose last guardian ended at once or could not be started. Then {@link #retry} starts
     * the next one.
     */
    private volatile boolean failing;

    /** The slots in use, and their numbers. The lowest free number is taken first. */
    private final Set<GuardianSlot> slots = new HashSet<>();

    private final BitSet numbers = new BitSet();

    /** A guardian that runs or has run. */
    private final class Link {
        private final long socket;
        private final int room;
        private final Watched watched;
        private final Runnable lost = () -> threads.pool().execute(() -> lost(this));

        /** Until then another one would end as soon as this one. */
        private final Deadline endsAtOnce = Deadline.in(AT_ONCE_NANOS);

        /** How many starts use the socket. */
        private int users;

        Link(NativeGuardian.Started started) {
            this.socket = started.socket();
            this.room = started.slots();
            this.watched = Watched.readable(socket);
        }
    }

    /**
     * The registration of the child of one start, which the guardian receives before the program runs. Used by one
     * thread.
     */
    public final class Registration {
        private final Child child;
        private final GuardianSlot slot;
        private Optional<Link> used;

        private Registration(Child child, GuardianSlot slot, Link link) {
            this.child = child;
            this.slot = slot;
            this.used = Optional.of(link);
        }

        /** The message that the native call of the start sends to the guardian. */
        public SpawnRequest.Guardian request() {
            return new SpawnRequest.Guardian(used.orElseThrow().socket, slot);
        }

        /**
         * Repeats the registration with another guardian, because this one has not accepted it.
         *
         * @throws IOException no other guardian could be started
         */
        public void again() throws IOException {
            Optional<Link> failed = used;
            used = Optional.empty();
            leave(failed.orElseThrow());
            replace(failed);
            used = Optional.of(use());
            awaitRoom(used.get());
        }

        /** Ends it. If the guardian has changed, a child that runs is registered with the new one. */
        public void end() {
            if (used.isPresent()) {
                Optional<Link> now = leave(used.get());
                if (child.isStarted() && now.isPresent() && now.get() != used.get()) {
                    register(child, now.get(), Deadline.in(SEND_NANOS));
                }
            }
        }
    }

    /**
     * Creates it without starting the program.
     *
     * @param children returns the children that have been started or are being started
     * @param environment the environment for the commands of policies
     */
    Guardian(Threads threads, Supplier<List<Child>> children, EnvironmentBlock environment) {
        this.environment = environment;
        this.os = threads.os();
        this.threads = threads;
        this.children = children;
    }

    // Starts

    /**
     * Takes a slot for the child of a start. {@link Registration#end} has to follow.
     *
     * @throws IOException no guardian can be started, or no slot is free
     */
    Registration begin(Child child, Plan plan) throws IOException {
        List<GuardianSlot.Step> steps = steps(plan);
        Optional<byte[]> cgroup = child.contained().cgroup().map(leaf -> Family.bytes(leaf.path().toString()));
        if (!GuardianSlot.canHold(steps, cgroup)) {
            throw new IOException("the policy has more phases, or longer commands, than its slot can hold");
        }
        Link link = use();
        boolean begun = false;
        try {
            GuardianSlot slot = take(link);
            slot.arm(child.policy().mode(), steps, cgroup, child.contained().mark());
            child.guardedBy(slot, plan);
            begun = true;
            return new Registration(child, slot, link);
        } finally {
            if (!begun) {
                leave(link);
            }
        }
    }

    /** Returns the steps for the slot. Calls are left out: their code has ended with the JVM. */
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

    /** Frees the slot of a child that is gone or was not started. Idempotent. */
    void giveBack(GuardianSlot slot) {
        slot.end();
        word.acquire();
        if (slots.remove(slot)) {
            numbers.clear(slot.number());
        }
        word.release();
    }

    // Guardians

    /** Returns the current guardian and starts one if there is none. Its socket stays open until {@link #leave}. */
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

    /** Ends a use; returns the current guardian. */
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

    /** Starts another guardian, unless another thread has, and registers all running children with it. */
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
        } catch (IOException e) {
            failed(e);
            throw e;
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
            throw new IllegalStateException("Lastcall is being released: no process can be started until that is over");
        }
        threads.loop().watch(fresh.watched, fresh.lost);
        registerAll(fresh);
    }

    /** Ends the use of this guardian as the current one. Returns false if it was not. */
    private boolean drop(Optional<Link> link) {
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
        return dropped;
    }

    /** Replaces a guardian that has ended. On a thread of the pool. */
    private void lost(Link link) {
        if (!drop(Optional.of(link))) {
            return;
        }
        if (link.endsAtOnce.hasCome()) {
            failing = false;
            restart();
        } else {
            failed(new IOException("the last one has ended at once"));
        }
    }

    /** Begins another try if the last one has failed. The sweep calls it at intervals. */
    void retry() {
        word.acquire();
        boolean due = failing && current.isEmpty() && !ended;
        word.release();
        if (due) {
            threads.pool().execute(this::restart);
        }
    }

    /** Starts a guardian if there is none and a child needs one. */
    private void restart() {
        if (guarded().isEmpty()) {
            failing = false;
            return;
        }
        try {
            replace(Optional.empty());
        } catch (IOException recorded) {
            // The sweep tries again.
        }
    }

    private List<Child> guarded() {
        return children.get().stream().filter(Child::isGuarded).toList();
    }

    /** Logs it once, and not at each of the tries that follow. */
    private void failed(IOException why) {
        List<Child> left = guarded();
        if (!failing) {
            left.forEach(child -> notGuarded(child, why));
        }
        failing = !left.isEmpty();
    }

    private static void notGuarded(Child child, IOException why) {
        Log.error(
                child,
                () -> "is not stopped if this JVM is killed: its guardian has ended, and no other can be started: "
                        + why.getMessage(),
                null);
    }

    /** After one that it has not read in time, it gets no more time for the others. */
    private void registerAll(Link link) {
        boolean reads = true;
        for (Child child : children.get()) {
            reads = register(child, link, Deadline.in(reads ? SEND_NANOS : 0));
        }
    }

    /**
     * Registers a child. Repeats it while the socket is full, but not if the guardian has ended, which {@link #lost}
     * will handle. Returns whether it is registered.
     */
    private static boolean register(Child child, Link link, Deadline limit) {
        while (true) {
            try {
                return child.register(link.socket);
            } catch (OsException e) {
                if (limit.hasCome()) {
                    notGuarded(child, e);
                    return false;
                }
                LockSupport.parkNanos(NAP_NANOS);
            }
        }
    }

    /** Waits until the socket has room: the guardian may still have to read many registrations. */
    private void awaitRoom(Link link) throws OsException {
        Deadline limit = Deadline.in(SEND_NANOS);
        while (os.await(Optional.empty(), -1, link.socket, OsPort.WRITABLE, 0) == 0 && !limit.hasCome()) {
            LockSupport.parkNanos(NAP_NANOS);
        }
    }

    /** Closes the socket, so that the guardian ends. */
    void end() {
        word.acquire();
        ended = true;
        Optional<Link> last = current;
        word.release();
        drop(last);
    }
}
