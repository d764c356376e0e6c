package io.github.lastcall.internal.spawn;

import io.github.lastcall.Containment;
import io.github.lastcall.KillMode;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** What a start can have of what it asks for. */
public final class Containing {

    private Containing() {}

    /** Returns why this host cannot give one or another. */
    public static Map<Containment, String> refusals() {
        Map<Containment, String> refusals = new EnumMap<>(Containment.class);
        refusals.put(Containment.MARKED, "this version cannot do it yet");
        refusals.put(Containment.CGROUP, "this version cannot do it yet");
        return refusals;
    }

    /** Returns why a start of this kill mode cannot have what it asks for; empty: it can. */
    static Optional<String> refusal(Containment wanted, KillMode mode) {
        if (wanted == Containment.GROUP) {
            return Optional.empty();
        }
        if (mode == KillMode.LEADER) {
            return Optional.of("the kill mode LEADER knows no members");
        }
        return Optional.ofNullable(refusals().get(wanted));
    }
}
