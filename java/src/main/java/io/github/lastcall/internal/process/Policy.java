package io.github.lastcall.internal.process;

import io.github.lastcall.Containment;
import io.github.lastcall.KillMode;
import io.github.lastcall.internal.stop.Plan;
import java.util.Optional;

/**
 * What to do with a child that must go.
 *
 * @param mode which processes are signalled and waited for
 * @param containment who belongs to it, as it was asked for
 * @param onClose how to stop it when its handle is closed; empty: kill it and say that it leaked
 * @param withJvm how to stop it when this JVM has ended, however it did; empty: no guardian is to know it
 * @param kill how to kill it
 * @param ofStep whether it is a command of a stop, and ends with that
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
