/**
 * The events for Java's Flight Recorder. {@link io.github.lastcall.internal.jfr.Events} alone is called, by whoever has
 * started or stopped a process; it is the only one that knows that the recorder may not be there.
 */
package io.github.lastcall.internal.jfr;
