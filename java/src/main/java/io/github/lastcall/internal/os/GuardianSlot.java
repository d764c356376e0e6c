package io.github.lastcall.internal.os;

import io.github.lastcall.KillMode;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.generated.LastcallNative;
import io.github.lastcall.internal.os.generated.lc_slot;
import io.github.lastcall.internal.os.generated.lc_step;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What the guardian does with one process when this JVM has ended: a slot of the memory that they share. Everything is
 * a store: the guardian reads it when there is nobody left who writes.
 *
 * <p>Its number is another process's once this one is gone, so nothing is written after {@link #end}, which the monitor
 * sees to.
 */
public final class GuardianSlot {

    /** How many steps there is room for. */
    public static final int MOST_STEPS =
            (LastcallNative.LC_SLOT_BYTES - lc_slot.$SIZEOF) / lc_step.$SIZEOF;

    private final ByteBuffer memory;
    private final int at;
    private final int number;
    private final int generation;
    private boolean ended;

    /**
     * One step.
     *
     * @param signal the contract's number of the signal; 0: only waits
     * @param timeoutNanos how long to wait after it
     */
    public record Step(int signal, long timeoutNanos) {}

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
     * @param mode whom it is for
     * @param steps in their order, at most {@link #MOST_STEPS}; the last one kills, whatever its signal is
     */
    public synchronized void arm(KillMode mode, List<Step> steps) {
        memory.putInt(at + lc_slot.generation$OFFSET, generation);
        memory.putInt(at + lc_slot.mode$OFFSET, mode(mode));
        memory.putInt(at + lc_slot.reached$OFFSET, 0);
        memory.putInt(at + lc_slot.count$OFFSET, steps.size());
        for (int i = 0; i < steps.size(); i++) {
            write(at + lc_slot.$SIZEOF + i * lc_step.$SIZEOF, steps.get(i), i == steps.size() - 1);
        }
        // Whoever finds it armed finds the rest.
        VarHandle.releaseFence();
        memory.putInt(at + lc_slot.state$OFFSET, LastcallNative.LC_SLOT_ARMED);
    }

    private static int mode(KillMode mode) {
        return switch (mode) {
            case GROUP -> LastcallNative.LC_SLOT_GROUP;
            case MIXED -> LastcallNative.LC_SLOT_MIXED;
            case LEADER -> LastcallNative.LC_SLOT_LEADER;
        };
    }

    private void write(int at, Step step, boolean last) {
        int kind = step.signal() == 0 ? LastcallNative.LC_STEP_WAIT : LastcallNative.LC_STEP_SIGNAL;
        memory.putInt(at + lc_step.kind$OFFSET, last ? LastcallNative.LC_STEP_KILL : kind)
                .putInt(at + lc_step.signal$OFFSET, step.signal())
                .putLong(at + lc_step.timeout_ns$OFFSET, step.timeoutNanos());
    }

    /** Says whether it is to be stopped, or may outlive this JVM. */
    public synchronized void arm(boolean on) {
        if (!ended) {
            memory.putInt(
                    at + lc_slot.state$OFFSET, on ? LastcallNative.LC_SLOT_ARMED : LastcallNative.LC_SLOT_SPARED);
        }
    }

    /** Says which step is under way: the guardian would begin with it. */
    public synchronized void reached(int step) {
        if (!ended) {
            memory.putInt(at + lc_slot.reached$OFFSET, step);
        }
    }

    /** Says that the process is gone. */
    public synchronized void end() {
        if (!ended) {
            ended = true;
            memory.putInt(at + lc_slot.state$OFFSET, LastcallNative.LC_SLOT_FREE);
        }
    }

    /**
     * Tells the guardian of a process that runs already.
     *
     * @param process whose handle must not be closed meanwhile
     * @throws OsException the guardian takes nothing just now (EAGAIN), or has ended
     */
    public void tell(long socket, NativeProcess process) throws OsException {
        NativeCalls.check(NativeCalls.guardianAdd(socket, process, number, generation));
    }
}
