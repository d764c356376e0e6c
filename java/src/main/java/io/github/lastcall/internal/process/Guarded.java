package io.github.lastcall.internal.process;

import io.github.lastcall.internal.os.GuardianSlot;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.stop.Stop;

/**
 * What the guardian knows of a process: its slot, the plan in that slot, and how far the stop is. The word of the
 * process guards what can change.
 */
final class Guarded {

    private final GuardianSlot slot;
    private final Plan plan;

    /** The index in the slot of each phase of the plan; the last one is the forceful phase. */
    private final int[] steps;

    Guarded(GuardianSlot slot, Plan plan) {
        this.slot = slot;
        this.plan = plan;
        this.steps = new int[plan.phases().size() + 1];
        for (int i = 0; i < plan.phases().size(); i++) {
            steps[i + 1] = steps[i] + (plan.phases().get(i).action().isCode() ? 0 : 1);
        }
    }

    GuardianSlot slot() {
        return slot;
    }

    /**
     * Writes how far the stop is. The guardian continues from there if its plan has the phases of this stop, else it
     * starts its plan.
     */
    void reached(Stop stop) {
        if (stop.isForceful()) {
            slot.reached(steps[steps.length - 1]);
        } else {
            slot.reached(stop.hasPhasesOf(plan) ? steps[stop.phaseNumber()] : 0);
        }
    }
}
