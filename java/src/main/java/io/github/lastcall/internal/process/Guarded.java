package io.github.lastcall.internal.process;

import io.github.lastcall.internal.os.GuardianSlot;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.stop.Stop;

/**
 * What the guardian knows of a process: its slot, the plan in that slot, and how far the stop is. Guarded by the word
 * of the process, but for what never changes.
 */
final class Guarded {

    private final GuardianSlot slot;
    private final Plan plan;

    /** Which step of the slot's each phase of the plan is; at the end, the forceful one. */
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

    /** The guardian goes on from there with its own plan, if that is the one of this stop; else from its beginning. */
    void reached(Stop stop) {
        if (stop.isForceful()) {
            slot.reached(steps[steps.length - 1]);
        } else {
            slot.reached(stop.hasPhasesOf(plan) ? steps[stop.phaseNumber()] : 0);
        }
    }
}
