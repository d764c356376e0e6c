/**
 * The three streams of a child: our ends of its pipes, reading, writing and draining them. Used by {@code process},
 * {@code spawn} and the API; uses {@code wait} and {@code os}.
 */
package io.github.lastcall.internal.stdio;
