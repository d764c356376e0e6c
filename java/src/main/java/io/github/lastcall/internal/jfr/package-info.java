/**
 * The events for Java's Flight Recorder. {@link io.github.lastcall.internal.jfr.Events} alone is called, by what starts
 * and stops processes; it is the only one that knows that the recorder may not be there.
 */
package io.github.lastcall.internal.jfr;
