/**
 * The three streams of a child: our ends of its pipes, which are read, written and drained here. Used by {@code
 * process}, {@code spawn} and the API; uses {@code wait} and {@code os}.
 */
package io.github.lastcall.internal.stdio;
