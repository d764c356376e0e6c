/**
 * How a thread waits, and the library's own threads: the loop, which watches and advances, and the pool, where users'
 * code runs. Used by every room above; it calls back through {@link io.github.lastcall.internal.wait.Advanceable} and
 * Runnables, and never logs.
 */
package io.github.lastcall.internal.wait;
