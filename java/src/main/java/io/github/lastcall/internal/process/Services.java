package io.github.lastcall.internal.process;

import io.github.lastcall.internal.wait.Threads;
import java.util.function.Consumer;

/**
 * What all processes share.
 *
 * @param threads the library's threads, and the waiters of others
 * @param scanner finds the members of groups
 * @param lastPid the last pid that the OS has assigned
 * @param whenReleased receives each process that has been released
 */
public record Services(Threads threads, Scanner scanner, LastPid lastPid, Consumer<Child> whenReleased) {}
