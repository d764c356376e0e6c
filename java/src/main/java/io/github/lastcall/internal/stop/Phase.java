package io.github.lastcall.internal.stop;

/**
 * One step of a stop: what to send, and how long to wait for the end after it.
 *
 * @param signalName what to send, in the words of the OS
 * @param signal its number, which only those know who send it
 * @param timeoutNanos nanoseconds; 0 sends and does not wait; {@link Long#MAX_VALUE} is for ever
 */
public record Phase(String signalName, int signal, long timeoutNanos) {}
