/**
 * Stops child processes properly.
 *
 * <h2>Starting</h2>
 *
 * <p>{@link io.github.lastcall.ManagedProcess} is a {@link java.lang.Process} that is started from a {@link
 * java.lang.ProcessBuilder} and leads a process group of its own:
 *
 * {@snippet :
 * GracefulShutdown shutdown = GracefulShutdown.builder()
 *         .unixSigterm(Duration.ofSeconds(5))
 *         .windowsCtrlBreak(Duration.ofSeconds(8))
 *         .build();
 *
 * try (ManagedProcess server = ManagedProcess.builder(new ProcessBuilder("redis-server", "--port", "0"))
 *         .name("redis")
 *         .terminateOnClose(shutdown)
 *         .start()) {
 *     // ...
 *     TerminationReport report = server.terminate(shutdown);
 * }
 * }
 *
 * <p>The child starts with the descriptors 0, 1 and 2 and no other, with no signal blocked or ignored, whatever this
 * JVM inherited. Where the start fails, {@link io.github.lastcall.SpawnException} has the stage and the error of the
 * OS, and nothing is left.
 *
 * <h2>Stopping</h2>
 *
 * <p>{@link io.github.lastcall.ManagedProcess#terminate terminate} works through a {@link
 * io.github.lastcall.GracefulShutdown}: it looks first; each phase sends its signal to the whole group and waits until
 * nobody of it runs, up to its timeout and no longer than that takes; SIGKILL comes last. A signal that is refused is
 * waited for 100 ms, in case it raced with an exit. The {@link io.github.lastcall.TerminationReport} tells every
 * attempt in order, why a phase timed out ("SIGTERM is ignored by 4712 (node)"), and who outlived the leader; so does
 * the {@link io.github.lastcall.TerminationFailedException} when all was in vain, with those who are still there.
 * {@link io.github.lastcall.ManagedProcess#kill kill} goes straight to SIGKILL.
 *
 * <p>{@link io.github.lastcall.KillMode} narrows this to the leader, for the graceful signals or altogether. A process
 * that leaves the group, by setsid(2) or setpgid(2), is out of reach.
 *
 * <p>How long a stop can take is known beforehand: {@link io.github.lastcall.GracefulShutdown#upperBound()}.
 *
 * <p>Several threads may stop the same process. The first begins, a later one can only make it shorter (the earliest
 * deadline for SIGKILL wins). When all is gone everybody gets the same outcome; a failure is that of the caller whose
 * bound it is. No thread owns the stop: one that is interrupted leaves, the others go on. If it was the last, and no
 * future is pending, no further signal is sent.
 *
 * <p>From a millisecond after the first signal the child's input is closed, and its output goes into memory where
 * nobody reads it, up to 1 MiB a stream and 64 MiB in this JVM, so that it does not block on its last words. If that is
 * not enough the pipe stays full, and the report says so.
 *
 * <p>{@link io.github.lastcall.ManagedProcess#terminateAsync terminateAsync} and {@link
 * io.github.lastcall.ManagedProcess#killAsync killAsync} do the same without a thread of the caller: whoever waits and
 * whoever has a future share one stop. A future that is cancelled or completed is abandoned, the stop is not.
 *
 * <h2>Many at once</h2>
 *
 * <p>A {@link io.github.lastcall.ProcessScope} starts processes and stops them all at the same time, so that a thousand
 * take as long as the most stubborn of them:
 *
 * {@snippet :
 * try (ProcessScope scope = ProcessScope.open(shutdown)) {
 *     for (String shard : shards) {
 *         scope.start(ManagedProcess.builder("worker", shard));
 *     }
 *     // ...
 *     List<TerminationReport> reports = scope.terminateAll();
 * }
 * }
 *
 * <p>{@link io.github.lastcall.ProcessScope#terminateAll() terminateAll} returns every report, in the order in which
 * the starts returned; if some could not be stopped the others are nevertheless, and the {@link
 * io.github.lastcall.ProcessScopeException} has both the reports and the failures. {@link
 * io.github.lastcall.ProcessScope#close() close} does the same and ends the scope: a start that comes too late throws
 * an {@link java.lang.IllegalStateException} and leaves nothing running. The scope's policy is that of its members,
 * whatever their builders say. Processes that have gone leave the scope, and those that are disarmed are passed over.
 *
 * <h2>On Windows</h2>
 *
 * <p>The group is a job, which no descendant can leave. The one graceful phase sends CTRL_BREAK_EVENT to the whole
 * group, under MIXED too; a program without a handler ends by it with code 0xC000013A, and a Java program prints its
 * threads and runs on. Where this JVM has no console (a service, javaw) the child gets a hidden one, through which the
 * event is sent. Where no console leads to the child, as to one with windows, and under LEADER, the phase is left out
 * at once and the report says so. TerminateJobObject comes last, and what it ends has the exit code 1.
 *
 * <p>Signals are unsupported there, and {@link io.github.lastcall.ManagedProcess#destroy() destroy()} kills, as with
 * the JDK. Programs are looked for and named as ProcessBuilder does; arguments reach a program as they are, quoted by
 * the rules of Microsoft's C runtime. A batch file is run by cmd.exe, which has rules of its own: a start with an
 * argument that it would interpret is refused.
 *
 * <h2>The guard</h2>
 *
 * <p>A process is <em>armed</em> from its start until a call that ended it, or that waited for its end, has succeeded;
 * {@link io.github.lastcall.ManagedProcess#isArmed() isArmed()} has the list. While it is armed it does not outlive
 *
 * <ul>
 *   <li>{@link io.github.lastcall.ManagedProcess#close() close()}, which terminates it by the policy of {@link
 *       io.github.lastcall.ManagedProcess.Builder#terminateOnClose terminateOnClose}, or kills it and says so loudly,
 *   <li>the handle: when it and all that was obtained from it (streams, readers, pending futures, its scope) are
 *       unreachable, the process is killed, and the log has an error with the place where it was started. The library
 *       looks every 500 ms for what the garbage collector has found,
 *   <li>an orderly exit of the JVM, also by Ctrl-C or SIGTERM: a shutdown hook stops all armed processes at the same
 *       time, each by its policy. From then on a start throws an {@link java.lang.IllegalStateException}; starts under
 *       way are waited for, 3 s at most. If the hook fails, for lack of memory say, all are sent SIGKILL.
 * </ul>
 *
 * <p>{@link io.github.lastcall.ManagedProcess#mustNotBeTerminated() mustNotBeTerminated()} disarms. A child that has
 * exited and that nobody asks for is reaped within 500 ms. A container that unloads an application calls {@link
 * io.github.lastcall.ManagedProcess#release() release()} first.
 *
 * <p>A JVM that is killed leaves its children behind. They lead groups of their own, so whoever kills the JVM's group
 * does not reach them.
 *
 * <h2>Waiting, threads, interruption</h2>
 *
 * <p>Every method may be called by any thread. A platform thread waits in native code for exit, deadline and wake-up,
 * without a helper thread between the exit and the caller. A virtual thread parks, for processes and for the child's
 * streams, and no wait, read or write holds a carrier for longer than 2 ms. A start runs on the calling thread and
 * holds the carrier meanwhile.
 *
 * <p>The library has two daemon threads from the first start on: the loop, which waits in the OS for virtual threads,
 * futures and deadlines and sends what is due, and the scanner, which looks through the processes for members of
 * groups. Futures are completed on a small pool of daemon platform threads. Dependents of a future that are not
 * asynchronous run there; where they block, more threads are started after 20 ms, up to 1,024. Idle ones end after a
 * second.
 *
 * <p>An interrupt ends every wait for a process with an {@link java.lang.InterruptedException}. It ends the read of a
 * virtual thread with an {@link java.io.InterruptedIOException}, and disturbs none of a platform thread; closing a
 * stream wakes its reader.
 *
 * <h2>The log</h2>
 *
 * <p>The logger {@code io.github.lastcall} (SLF4J) tells at debug the start, each signal and the end; at warn a refused
 * signal, a phase that timed out, a status that cannot be read, a process that was left at the exit of the JVM; at
 * error what could not be stopped and what leaked. Each line names the process and its pid, in the text and as
 * key-value pairs.
 *
 * <p>Java's Flight Recorder gets the events {@code io.github.lastcall.Start}, with the stack trace of the start, and
 * {@code io.github.lastcall.Stop}, with the attempts as text. Without a recording they cost nothing, and nothing of the
 * recorder is loaded; a runtime image without the module {@code jdk.jfr} will do.
 *
 * <h2>Requirements</h2>
 *
 * <p>Java 22, and {@code --enable-native-access=io.github.lastcall} (on the class path {@code ALL-UNNAMED}). The
 * native library is in the jar. These system properties change how it is found:
 *
 * <ul>
 *   <li>{@code io.github.lastcall.library}: the absolute path of the library to load instead,
 *   <li>{@code io.github.lastcall.tmpdir}: where to unpack it, instead of {@code java.io.tmpdir}.
 * </ul>
 */
package io.github.lastcall;
