/**
 * The only place that calls the logger. Used by {@code process}, {@code spawn}, {@code guard} and the API; {@code stop}
 * leaves lines for it, and {@code stop}, {@code wait}, {@code stdio} and {@code os} never call it.
 */
package io.github.lastcall.internal.log;
