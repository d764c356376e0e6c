package io.github.lastcall.internal.stop;

/**
 * One phase of a stop: what to do, and how long to wait for the end of the process. The time counts from the begin of
 * the action.
 *
 * @param action what to do
 * @param timeoutNanos nanoseconds; 0: do not wait; {@link Long#MAX_VALUE}: wait for ever
 */
public record Phase(Action action, long timeoutNanos) {

    /** Creates a phase that sends a signal. */
    public Phase(String signalName, int signal, long timeoutNanos) {
        this(new Action.Signal(signalName, signal), timeoutNanos);
    }

    /** The name of its action in reports and in the log. */
    public String name() {
        return action.name();
    }

    /** The number of its signal; 0: its action is not a signal. */
    public int signal() {
        return action.signal();
    }
}
