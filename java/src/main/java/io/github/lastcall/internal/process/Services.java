package io.github.lastcall.internal.process;

import io.github.lastcall.internal.wait.Threads;
import java.util.function.Consumer;

/**
 * What every process shares.
 *
 * @param threads the library's threads, and where others wait
 * @param scanner looks for the members of groups
 * @param lastPid which pid was given out last
 * @param whenReleased is given each process of which nothing is left
 */
public record Services(Threads threads, Scanner scanner, LastPid lastPid, Consumer<Child> whenReleased) {}
