/**
 * One process and its group: its numbers, the word that guards them, how it ended, which members are left and why, and
 * the threads that wait for it. Used by {@code spawn}, {@code guard} and the API; uses {@code stop}, {@code stdio},
 * {@code wait}, {@code os} and {@code log}.
 */
package io.github.lastcall.internal.process;
