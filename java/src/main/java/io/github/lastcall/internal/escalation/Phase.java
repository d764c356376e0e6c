package io.github.lastcall.internal.escalation;

/**
 * One step of an escalation: what to send, and how long to wait for the end after it.
 *
 * @param signalName what to send, in the words of the OS
 * @param timeoutNanos nanoseconds; 0 sends and does not wait; {@link Long#MAX_VALUE} is for ever
 */
public record Phase(String signalName, long timeoutNanos) {}
