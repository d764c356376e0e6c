/**
 * The command line: runs a program, stops it and prints what happened. No room uses it; it uses the public API and the
 * helpers in {@code internal}.
 */
package io.github.lastcall.internal.cli;
