package io.github.lastcall.internal.spawn;

import io.github.lastcall.Containment;
import io.github.lastcall.KillMode;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.Cgroup;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.Mark;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.OsPort.OpenMode;
import io.github.lastcall.internal.process.Contained;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Provides the containment of a start. */
public final class Containing {

    private Containing() {}

    /** Returns why containments are not available on this host. */
    public static Map<Containment, String> refusals() {
        Map<Containment, String> refusals = new EnumMap<>(Containment.class);
        for (Containment containment : new Containment[] {Containment.MARKED, Containment.CGROUP}) {
            refusal(NativeOs.instance(), containment).ifPresent(why -> refusals.put(containment, why));
        }
        return refusals;
    }

    private static Optional<String> refusal(OsPort os, Containment containment) {
        return refusalOfBoth(os)
                .or(() -> containment == Containment.CGROUP ? Cgroup.refusal() : refusalOfMarks(os));
    }

    private static Optional<String> refusalOfBoth(OsPort os) {
        if (!Family.LINUX) {
            return Optional.of("there is none on this operating system");
        }
        return os.hasHandles()
                ? Optional.empty()
                : Optional.of("this kernel, or a sandbox, has no pidfds, which Linux has from 5.4 on");
    }

    private static Optional<String> refusalOfMarks(OsPort os) {
        try {
            return os.scan(List.of(), false).isPresent()
                    ? Optional.empty()
                    : Optional.of("/proc does not show every process of this pid namespace");
        } catch (OsException e) {
            return Optional.of("/proc cannot be read: " + e.getMessage());
        }
    }

    /**
     * Creates the containment for a start.
     *
     * @throws IOException it is not available; the message says why
     */
    static Contained contain(OsPort os, Containment wanted, KillMode mode) throws IOException {
        if (wanted != Containment.GROUP && mode == KillMode.LEADER) {
            throw new IOException("the kill mode LEADER knows no members");
        }
        return switch (wanted) {
            case GROUP -> Contained.GROUP;
            case MARKED -> mark(os);
            case CGROUP -> cgroup(os);
            case STRICTEST -> strictest(os);
        };
    }

    private static Contained strictest(OsPort os) {
        try {
            return cgroup(os);
        } catch (IOException noCgroup) {
            try {
                return mark(os);
            } catch (IOException noMark) {
                return Contained.GROUP;
            }
        }
    }

    private static Contained mark(OsPort os) throws IOException {
        require(refusal(os, Containment.MARKED));
        return Contained.by(Mark.create());
    }

    private static Contained cgroup(OsPort os) throws IOException {
        require(refusalOfBoth(os));
        Cgroup leaf = Cgroup.create();
        try {
            long directory = os.open(Family.bytes(leaf.path().toString()), OpenMode.DIRECTORY);
            return Contained.by(leaf, directory);
        } catch (OsException e) {
            leaf.remove();
            throw e;
        }
    }

    private static void require(Optional<String> refusal) throws IOException {
        if (refusal.isPresent()) {
            throw new IOException(refusal.get());
        }
    }
}
