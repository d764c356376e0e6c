/**
 * How threads wait, and the library's own threads: the loop, which watches and advances, and the pool, which runs
 * users' code. Used by every room above; it calls back through {@link io.github.lastcall.internal.wait.Advanceable} and
 * Runnables, and never logs.
 */
package io.github.lastcall.internal.wait;
