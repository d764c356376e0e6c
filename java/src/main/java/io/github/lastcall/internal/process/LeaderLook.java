package io.github.lastcall.internal.process;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.Exit;
import io.github.lastcall.internal.os.NativeProcess;
import java.util.Optional;

/**
 * What the looks at a leader make of it: it runs, it has ended, somebody holds its status back, or it cannot be looked
 * at. Written with the word of the process.
 */
final class LeaderLook {

    /** An exited child whose status a tracer still holds. */
    static final ExitStatus HELD = new ExitStatus.Unknown("held by a tracer");

    /** A process that is not our child, which runs and is not asked for any more. */
    static final ExitStatus LET_GO = new ExitStatus.Unknown("it was let go while it ran");

    /** A process that is not our child, which has exited before Linux 6.15. */
    private static final ExitStatus NOT_REPORTED =
            new ExitStatus.Unknown("this system reports the status of a process to its parent only");

    /** A process that is not our child, which has exited and was not reaped in time. */
    private static final ExitStatus NOT_REAPED = new ExitStatus.Unknown("its parent has not collected it");

    /** How long the parent of a process that is not our child gets to reap it: 100 ms. */
    private static final long REAP_NANOS = 100_000_000;

    private final NativeProcess process;
    private volatile boolean held;
    private long heldAt;

    /** Written before the first look. */
    private volatile boolean attached;

    private volatile Optional<OsException> error = Optional.empty();

    LeaderLook(NativeProcess process) {
        this.process = process;
    }

    /** Takes in that it was not started here. */
    void attached() {
        attached = true;
    }

    boolean isAttached() {
        return attached;
    }

    /** Whether it has exited and a tracer, or the parent that it has elsewhere, holds the status back. */
    boolean isHeld() {
        return held;
    }

    /** The status of one that is held. */
    ExitStatus heldStatus() {
        return attached ? NOT_REAPED : HELD;
    }

    /** Why the last look failed; empty: it did not. */
    Optional<OsException> error() {
        return error;
    }

    /** Takes in what the OS has just seen of it. Returns how it has ended; empty: it has not, or that is not known. */
    Optional<ExitStatus> take(long now) {
        if (process.lookFailed()) {
            error = Optional.of(process.lookError());
            return Optional.empty();
        }
        error = Optional.empty();
        Exit seen = process.exit();
        heldAt = held ? heldAt : now;
        held = seen == Exit.HELD;
        if (seen == Exit.ENDED) {
            ExitStatus status = process.status();
            return Optional.of(attached && status == NativeProcess.LOST ? NOT_REPORTED : status);
        }
        return held && attached && now - heldAt >= REAP_NANOS ? Optional.of(NOT_REAPED) : Optional.empty();
    }
}
