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
 * What the guardian does with one process after the end of this JVM: a slot of the shared memory. This class only
 * writes; the guardian reads the slot when the JVM has ended.
 *
 * <p>Not thread-safe: the word of the process guards it. The number is reused for another process when this one is
 * gone, so nothing is written after {@link #end}.
 */
public final class GuardianSlot {

    /** The most words of a command that the guardian accepts. */
    private static final int MOST_WORDS = 512;

    /** A byte of 0 ends a word, on Windows a unit of UTF-16. */
    private static final int TERMINATOR = Family.WINDOWS ? 2 : 1;

    private final ByteBuffer memory;
    private final int at;
    private final int number;
    private final int generation;
    private boolean ended;

    /**
     * A step of the slot.
     *
     * @param signal the contract's number of the signal; 0: there is none
     * @param command the command of a step without a signal; empty: the step only waits
     * @param timeoutNanos how long to wait after it
     */
    public record Step(int signal, List<byte[]> command, long timeoutNanos) {

        private int room() {
            int room = command.isEmpty() ? 0 : 2 * Integer.BYTES;
            for (byte[] word : command) {
                room += word.length + TERMINATOR;
            }
            return lc_step.$SIZEOF + room;
        }
    }

    /** Whether the slot has room for these steps and the path of a cgroup. */
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

    /** Takes the slot with this number, which is free. */
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
     * Writes the steps and arms the slot.
     *
     * @param mode which processes it is for
     * @param steps the steps in order, which the slot {@linkplain #canHold can hold}; the last one is always a kill
     * @param cgroup the path of the cgroup that was made for it; empty: there is none
     * @param mark the mark of its members outside of the group; empty: none
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
            int start = at + lc_slot.$SIZEOF + i * lc_step.$SIZEOF;
            memory.putInt(start + lc_step.kind$OFFSET, kind)
                    .putInt(start + lc_step.what$OFFSET, kind == LastcallNative.LC_STEP_RUN ? text : step.signal())
                    .putLong(start + lc_step.timeout_ns$OFFSET, step.timeoutNanos());
            text = write(step.command(), text);
        }
        memory.putInt(at + lc_slot.cgroup$OFFSET, cgroup.isPresent() ? text : 0);
        if (cgroup.isPresent()) {
            memory.put(at + text, cgroup.get()).put(at + text + cgroup.get().length, (byte) 0);
        }
        memory.putLong(at + lc_slot.mark$OFFSET, mark.isPresent() ? mark.get().number() : 0);
        // Written last: a guardian that reads "armed" reads the other fields too.
        VarHandle.releaseFence();
        memory.putInt(at + lc_slot.state$OFFSET, LastcallNative.LC_SLOT_ARMED);
    }

    private static int kind(Step step) {
        if (step.signal() != 0) {
            return LastcallNative.LC_STEP_SIGNAL;
        }
        return step.command().isEmpty() ? LastcallNative.LC_STEP_WAIT : LastcallNative.LC_STEP_RUN;
    }

    /** Returns the offset for the next command. */
    private int write(List<byte[]> command, int text) {
        if (command.isEmpty()) {
            return text;
        }
        memory.putInt(at + text, command.size());
        int end = text + Integer.BYTES;
        for (byte[] word : command) {
            memory.put(at + end, word);
            end += word.length;
            for (int i = 0; i < TERMINATOR; i++) {
                memory.put(at + end++, (byte) 0);
            }
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

    /** Sets whether to stop it, or to let it outlive this JVM. */
    public void arm(boolean on) {
        if (!ended) {
            memory.putInt(
                    at + lc_slot.state$OFFSET, on ? LastcallNative.LC_SLOT_ARMED : LastcallNative.LC_SLOT_SPARED);
        }
    }

    /** Sets the current step: the guardian would begin with it. */
    public void reached(int step) {
        if (!ended) {
            memory.putInt(at + lc_slot.reached$OFFSET, step);
        }
    }

    /** Records that the process is gone. */
    public void end() {
        if (!ended) {
            ended = true;
            memory.putInt(at + lc_slot.state$OFFSET, LastcallNative.LC_SLOT_FREE);
        }
    }

    /**
     * Registers a process that runs already with the guardian.
     *
     * @param process the process; its handle must stay open during the call
     * @return false: the guardian has ended
     * @throws OsException the socket is full (EAGAIN), for example
     */
    public boolean register(long socket, NativeProcess process) throws OsException {
        long result = NativeCalls.guardianAdd(socket, process, number, generation);
        if (result < 0 && NativeCalls.category(result) == LastcallNative.LC_ERR_BROKEN_PIPE) {
            return false;
        }
        NativeCalls.check(result);
        return true;
    }
}
