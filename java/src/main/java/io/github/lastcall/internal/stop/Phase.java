package io.github.lastcall.internal.stop;

/**
 * One step of a stop: what to do, and how long to wait for the end of the process. The time counts from when the action
 * is begun.
 *
 * @param action what to do
 * @param timeoutNanos nanoseconds; 0 does it and does not wait; {@link Long#MAX_VALUE} is for ever
 */
public record Phase(Action action, long timeoutNanos) {

    /** Creates one that sends a signal. */
    public Phase(String signalName, int signal, long timeoutNanos) {
        this(new Action.Signal(signalName, signal), timeoutNanos);
    }

    /** What reports and the log call its action. */
    public String name() {
        return action.name();
    }

    /** The number of its signal; 0: its action is none. */
    public int signal() {
        return action.signal();
    }
}
