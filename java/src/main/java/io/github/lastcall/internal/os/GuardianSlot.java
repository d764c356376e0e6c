package io.github.lastcall.internal.os;

import io.github.lastcall.KillMode;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.generated.LastcallNative;
import io.github.lastcall.internal.os.generated.lc_slot;
import io.github.lastcall.internal.os.generated.lc_step;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * What the guardian does with one process when this JVM has ended: a slot of the memory that they share. Everything is
 * a store: the guardian reads it when there is nobody left who writes.
 *
 * <p>Not thread-safe: the word of the process guards it. Its number is another process's once this one is gone, so
 * nothing is written after {@link #end}.
 */
public final class GuardianSlot {

    /** How many words the guardian takes of a command. */
    private static final int MOST_WORDS = 512;

    private final ByteBuffer memory;
    private final int at;
    private final int number;
    private final int generation;
    private boolean ended;

    /**
     * One step.
     *
     * @param signal the contract's number of the signal; 0: there is none
     * @param command what is run where there is no signal; empty: nothing, it only waits
     * @param timeoutNanos how long to wait after it
     */
    public record Step(int signal, List<byte[]> command, long timeoutNanos) {

        private int room() {
            int room = command.isEmpty() ? 0 : 2 * Integer.BYTES;
            for (byte[] word : command) {
                room += word.length + 1;
            }
            return lc_step.$SIZEOF + room;
        }
    }

    /** Whether there is room for these, and the path of a cgroup. */
    public static boolean canHold(List<Step> steps, Optional<byte[]> cgroup) {
        int room = lc_slot.$SIZEOF + cgroup.map(path -> path.length + 1).orElse(0);
        for (Step step : steps) {
            room += step.room();
            if (room > LastcallNative.LC_SLOT_BYTES || step.command().size() > MOST_WORDS) {
                return false;
            }
        }
        return true;
    }

    /** Takes the slot of that number, which nobody has. */
    GuardianSlot(ByteBuffer memory, int number) {
        this.memory = memory;
        this.number = number;
        this.at = (1 + number) * LastcallNative.LC_SLOT_BYTES;
        this.generation = memory.getInt(at + lc_slot.generation$OFFSET) + 1;
    }

    /** The number of the slot. */
    public int number() {
        return number;
    }

    /** The generation of the slot. */
    int generation() {
        return generation;
    }

    /**
     * Says what is to be done, and arms it.
     *
     * @param mode which processes it is for
     * @param steps in their order, if it {@linkplain #canHold can hold} them; the last one kills, whatever it says
     * @param cgroup the path of the cgroup that was made for it; empty: there is none
     * @param mark by which it has members outside of its group; empty: there is none
     */
    public void arm(KillMode mode, List<Step> steps, Optional<byte[]> cgroup, Optional<Mark> mark) {
        memory.putInt(at + lc_slot.generation$OFFSET, generation);
        memory.putInt(at + lc_slot.mode$OFFSET, mode(mode));
        memory.putInt(at + lc_slot.reached$OFFSET, 0);
        memory.putInt(at + lc_slot.count$OFFSET, steps.size());
        int text = lc_slot.$SIZEOF + steps.size() * lc_step.$SIZEOF;
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            int kind = i == steps.size() - 1 ? LastcallNative.LC_STEP_KILL : kind(step);
            memory.putInt(at + lc_slot.$SIZEOF + i * lc_step.$SIZEOF + lc_step.kind$OFFSET, kind)
                    .putInt(
                            at + lc_slot.$SIZEOF + i * lc_step.$SIZEOF + lc_step.what$OFFSET,
                            kind == LastcallNative.LC_STEP_RUN ? text : step.signal())
                    .putLong(
                            at + lc_slot.$SIZEOF + i * lc_step.$SIZEOF + lc_step.timeout_ns$OFFSET,
                            step.timeoutNanos());
            text = write(step.command(), text);
        }
        memory.putInt(at + lc_slot.cgroup$OFFSET, cgroup.isPresent() ? text : 0);
        if (cgroup.isPresent()) {
            memory.put(at + text, cgroup.get()).put(at + text + cgroup.get().length, (byte) 0);
        }
        memory.putLong(at + lc_slot.mark$OFFSET, mark.isPresent() ? mark.get().number() : 0);
        // Whoever finds it armed finds the rest.
        VarHandle.releaseFence();
        memory.putInt(at + lc_slot.state$OFFSET, LastcallNative.LC_SLOT_ARMED);
    }

    private static int kind(Step step) {
        if (step.signal() != 0) {
            return LastcallNative.LC_STEP_SIGNAL;
        }
        return step.command().isEmpty() ? LastcallNative.LC_STEP_WAIT : LastcallNative.LC_STEP_RUN;
    }

    /** Returns where the next command can stand. */
    private int write(List<byte[]> command, int text) {
        if (command.isEmpty()) {
            return text;
        }
        memory.putInt(at + text, command.size());
        int end = text + Integer.BYTES;
        for (byte[] word : command) {
            memory.put(at + end, word).put(at + end + word.length, (byte) 0);
            end += word.length + 1;
        }
        return end + Integer.BYTES - 1 & -Integer.BYTES;
    }

    private static int mode(KillMode mode) {
        return switch (mode) {
            case GROUP -> LastcallNative.LC_SLOT_GROUP;
            case MIXED -> LastcallNative.LC_SLOT_MIXED;
            case LEADER -> LastcallNative.LC_SLOT_LEADER;
        };
    }

    /** Says whether it is to be stopped, or may outlive this JVM. */
    public void arm(boolean on) {
        if (!ended) {
            memory.putInt(
                    at + lc_slot.state$OFFSET, on ? LastcallNative.LC_SLOT_ARMED : LastcallNative.LC_SLOT_SPARED);
        }
    }

    /** Says which step is under way: the guardian would begin with it. */
    public void reached(int step) {
        if (!ended) {
            memory.putInt(at + lc_slot.reached$OFFSET, step);
        }
    }

    /** Says that the process is gone. */
    public void end() {
        if (!ended) {
            ended = true;
            memory.putInt(at + lc_slot.state$OFFSET, LastcallNative.LC_SLOT_FREE);
        }
    }

    /**
     * Registers a process that runs already with the guardian.
     *
     * @param process whose handle must not be closed meanwhile
     * @throws OsException the guardian takes nothing just now (EAGAIN), or has ended
     */
    public void register(long socket, NativeProcess process) throws OsException {
        NativeCalls.check(NativeCalls.guardianAdd(socket, process, number, generation));
    }
}
