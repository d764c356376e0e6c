package io.github.lastcall.internal.escalation;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.log.Log;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What is to be stopped, as the escalation sees it. */
public interface Target {

    /** Whom the log is to name. */
    Log.Subject subject();

    /** Returns how it ended if it is gone. */
    Optional<ExitStatus> look() throws IOException;

    /**
     * Asks it to leave, in a way that a stopped process can react to as well.
     *
     * @return whether anybody was there to be asked
     * @throws CannotAskException it cannot be asked in that way at all
     */
    boolean ask(String signalName) throws IOException;

    /**
     * Ends it by force.
     *
     * @return whether anybody was there
     */
    boolean kill() throws IOException;

    /**
     * Waits until it is gone.
     *
     * @param limit until when; asked again after {@link #wake()}
     * @return how it ended; empty: the limit came first
     */
    Optional<ExitStatus> awaitGone(Supplier<Deadline> limit) throws IOException, InterruptedException;

    /** Returns whether an end by this status, after the forceful signal was sent, counts as forced. */
    boolean isForced(ExitStatus status);

    /** Returns what is known of why a signal did not end it, a line for each fact. */
    List<String> explain(String signalName);

    /** Returns who outlived the leader. */
    List<LiveProcess> stragglers();

    /** Returns who runs now. */
    List<LiveProcess> survivors();

    /** Returns whether what is left is not to be asked but to be killed at once. */
    boolean isToBeKilled();

    /** Makes {@link #awaitGone} of another thread ask for its limit again. */
    void wake();

    /** Drops its standard input, which it may be waiting for. Never blocks. */
    void dropInput();
}
