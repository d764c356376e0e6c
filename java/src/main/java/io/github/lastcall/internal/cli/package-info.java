/**
 * The command line: {@code run} starts a program, stops it and shows what happened. Nobody uses it; it uses the public
 * API and the helpers in {@code internal}.
 */
package io.github.lastcall.internal.cli;
