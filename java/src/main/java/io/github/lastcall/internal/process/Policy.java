package io.github.lastcall.internal.process;

import io.github.lastcall.Containment;
import io.github.lastcall.KillMode;
import io.github.lastcall.internal.stop.Plan;
import java.util.Optional;

/**
 * How a child is stopped.
 *
 * @param mode which processes are signalled and waited for
 * @param containment how its members are recognised, as the user has requested it
 * @param onClose how to stop it when its handle is closed; empty: kill it and report a leak
 * @param withJvm how to stop it after the end of this JVM, also a crash or a kill; empty: it has no guardian
 * @param kill how to kill it
 * @param ofStep whether it is a command that is a step of a stop, and ends with that stop
 */
public record Policy(
        KillMode mode,
        Containment containment,
        Optional<Plan> onClose,
        Optional<Plan> withJvm,
        Plan kill,
        boolean ofStep) {

    /** How to stop it at an orderly exit of this JVM. */
    public Plan onExit() {
        return withJvm.or(() -> onClose).orElse(kill);
    }
}
