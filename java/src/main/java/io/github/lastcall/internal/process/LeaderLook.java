package io.github.lastcall.internal.process;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.Exit;
import io.github.lastcall.internal.os.NativeProcess;
import java.util.Optional;

/**
 * What the last look at a leader has found: it runs, it has ended, its status is held by a tracer, or the look has
 * failed. Written with the word of the process.
 */
final class LeaderLook {

    /** An exited child whose status a tracer holds. */
    static final ExitStatus HELD = new ExitStatus.Unknown("held by a tracer");

    /** A process that is not our child, and that the user has released while it ran. */
    static final ExitStatus LET_GO = new ExitStatus.Unknown("it was released while it ran");

    /** A process that is not our child and has exited, on Linux before 6.15. */
    private static final ExitStatus NOT_REPORTED =
            new ExitStatus.Unknown("this system reports the status of a process to its parent only");

    /** A process that is not our child, has exited and was not reaped in time. */
    private static final ExitStatus NOT_REAPED = new ExitStatus.Unknown("its parent has not collected it");

    /** How long to wait until the parent of a process that is not our child reaps it: 100 ms. */
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

    /** Records that the process was not started by this library. */
    void attached() {
        attached = true;
    }

    boolean isAttached() {
        return attached;
    }

    /** Whether it has exited and its status is held: by a tracer, or because its own parent has not reaped it. */
    boolean isHeld() {
        return held;
    }

    /** The status to report while it is held. */
    ExitStatus heldStatus() {
        return attached ? NOT_REAPED : HELD;
    }

    /** The error of the last look; empty: it succeeded. */
    Optional<OsException> error() {
        return error;
    }

    /** Evaluates the last look. Returns the exit status; empty: it has not exited, or the status is not known. */
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
