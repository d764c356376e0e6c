/**
 * Starts child processes, reads their output, and stops them properly.
 *
 * <h2>Start and stop</h2>
 *
 * <p>{@link io.github.lastcall.ManagedProcess} is a {@link java.lang.Process} that leads its own process group and is
 * stopped with it:
 *
 * {@snippet :
 * GracefulShutdown shutdown = GracefulShutdown.of(Duration.ofSeconds(5));
 *
 * try (ManagedProcess server = ManagedProcess.builder("sleep", "1000")
 *         .name("server")
 *         .terminateOnClose(shutdown)
 *         .start()) {
 *     TerminationReport report = server.terminate();
 *     System.out.println(report);   // server (pid 4711) ended by SIGTERM after 2 ms: killed by SIGTERM
 * }
 * }
 *
 * <p>{@link io.github.lastcall.ManagedProcess#terminate terminate} follows a {@link
 * io.github.lastcall.GracefulShutdown}. It looks first. Each phase sends its signal to the whole group and waits until
 * no process of it runs, at most the timeout of the phase. SIGKILL comes last. The longest time of a stop is known
 * beforehand: {@link io.github.lastcall.GracefulShutdown#upperBound()}. The {@link
 * io.github.lastcall.TerminationReport} has every attempt in order, why a phase timed out ("SIGTERM is ignored by 4712
 * (node)"), and which processes outlived the leader. If a stop fails, the {@link
 * io.github.lastcall.TerminationFailedException} has the attempts and the processes that still run. {@link
 * io.github.lastcall.ManagedProcess#kill kill} goes straight to SIGKILL.
 *
 * <p>Before the signals there can be steps that are gentler: the end of the standard input, a command, a call. A server
 * that ends with its input, as one of the Model Context Protocol does, gets 2 s for that, then SIGTERM and 2 s more,
 * then SIGKILL:
 *
 * {@snippet :
 * GracefulShutdown shutdown = GracefulShutdown.builder()
 *         .closeInput(Duration.ofSeconds(2))
 *         .unixSigterm(Duration.ofSeconds(2))
 *         .windowsCtrlBreak(Duration.ofSeconds(2))
 *         .build();
 * }
 *
 * <p>Each is a phase like a signal. A command or a call has its own thread and ends with its phase; the stop does not
 * wait for it longer. {@link io.github.lastcall.GracefulShutdown.UnixStage} has the details.
 *
 * <p>Several threads may stop the same process. A later one can only shorten the stop, and when the process is gone all
 * get the same outcome. A thread that is interrupted leaves the stop, and the others continue it. If it was the last
 * one, and no future is pending, no further signal is sent.
 *
 * <h2>Output and input</h2>
 *
 * {@snippet :
 * CompletedProcess sorted = ManagedProcess.run(
 *         ManagedProcess.builder("sort").input("pear\napple\n"),
 *         Duration.ofSeconds(30),
 *         GracefulShutdown.of(Duration.ofSeconds(5)));
 * System.out.println(sorted.requireSuccess().stdout().lines());   // [apple, pear]
 * }
 *
 * <p>{@link io.github.lastcall.ManagedProcess#run run} does the most common job in one call. The builder's {@code
 * capture}, {@code onLine} and {@code forwardTo} set how the output of a process is handled, and {@link
 * io.github.lastcall.ManagedProcess#awaitReady awaitReady} waits for a line, a port or a file. One thread of the
 * library reads for all processes. Without any of them the streams are those of {@link java.lang.Process}.
 *
 * <p>While a process is being stopped, output that is not read goes into memory, up to 1 MiB a stream and 64 MiB in
 * this JVM, so that the process does not block on a full pipe; one that writes more blocks. 5 ms after the
 * first signal its input is closed.
 *
 * <h2>Which processes are stopped</h2>
 *
 * <p>The whole process group, unless {@link io.github.lastcall.KillMode} says otherwise. A process that leaves the
 * group by setsid(2) or setpgid(2), as daemons do, does not get the signals of the group; a containment reaches it, see
 * {@link io.github.lastcall.Containment}. {@link io.github.lastcall.ProcessScope} stops many processes at the same
 * time. {@link io.github.lastcall.AttachedProcess} is for a running process that another program has started.
 *
 * {@snippet :
 * try (ProcessScope scope = ProcessScope.open(GracefulShutdown.of(Duration.ofSeconds(5)))) {
 *     for (String seconds : List.of("1000", "2000")) {
 *         scope.start(ManagedProcess.builder("sleep", seconds));
 *     }
 *     List<TerminationReport> reports = scope.terminateAll();   // in the order of the starts
 * }
 * }
 *
 * <h2>When a process is stopped</h2>
 *
 * <p>A process is <em>armed</em> from its start until a call that ends it, or that waits for its end, has succeeded;
 * see {@link io.github.lastcall.ManagedProcess#isArmed() isArmed()}. While it is armed it is stopped at
 *
 * <ul>
 *   <li>{@link io.github.lastcall.ManagedProcess#close() close()}: by the policy of {@link
 *       io.github.lastcall.ManagedProcess.Builder#terminateOnClose terminateOnClose}, else by a kill and an exception,
 *   <li>the loss of its handle: when the handle and everything obtained from it are unreachable the process is killed,
 *       and the log has an error with the place where it was started,
 *   <li>an orderly exit of the JVM, also by Ctrl-C or SIGTERM: all armed processes are stopped at the same time, each
 *       by its policy. From then on a start throws an {@link java.lang.IllegalStateException},
 *   <li>the end of the JVM by SIGKILL or a crash, if it was started with {@link
 *       io.github.lastcall.ManagedProcess.Builder#stopWithJvm stopWithJvm}.
 * </ul>
 *
 * <p>{@link io.github.lastcall.ManagedProcess#mustNotBeTerminated() mustNotBeTerminated()} disarms. A child that has
 * exited is reaped within 500 ms if no thread waits for it. A container that unloads an application calls {@link
 * io.github.lastcall.ManagedProcess#release() release()} first.
 *
 * <h2>Threads and interruption</h2>
 *
 * <p>Every method may be called by any thread. A platform thread waits in native code. A virtual thread parks, and no
 * wait, read or write holds its carrier for longer than 2 ms; a start holds it until the program runs. The library has
 * two daemon threads from the first start on, however many processes there are, and a small pool that completes
 * futures; dependents of a future that are not asynchronous run there. An interrupt ends every wait for a process with
 * an {@link java.lang.InterruptedException}, and the read of a virtual thread with an {@link
 * java.io.InterruptedIOException}; the read of a platform thread continues, as with the JDK's processes.
 *
 * <h2>Windows</h2>
 *
 * <p>The group is a job, which no descendant can leave. The one graceful phase sends CTRL_BREAK_EVENT to the group; a
 * program without a handler ends with code 0xC000013A, and a Java program prints its threads and continues. A JVM
 * without a console (a service, javaw) gives the child a hidden one. If no console can deliver the event, and under
 * LEADER, the phase is left out at once and the report says so. TerminateJobObject comes last, with exit code 1.
 * Signals are unsupported, and {@link io.github.lastcall.ManagedProcess#destroy() destroy()} kills. A batch file is run
 * by cmd.exe; a start with an argument that it would interpret is refused.
 *
 * <h2>The log, and Flight Recorder</h2>
 *
 * <p>The logger {@code io.github.lastcall} (SLF4J) has at debug the start, each signal and the end; at warn a refused
 * signal, a phase that timed out, a status that cannot be read, a process that was left at the exit of the JVM; at
 * error what could not be stopped and what leaked. A stop does not ask the back end, which may block: a new level takes
 * effect with the next start, or when something else is logged. Flight Recorder gets an event
 * {@code io.github.lastcall.Start} for each process that is started, not for one that is attached to, and an event
 * {@code io.github.lastcall.Stop} for each stop, however many threads asked for it, with its beginning and duration.
 * There is none if the process was gone already, and none for a single signal that no caller waits for: sendSignal(),
 * destroy(), destroyForcibly(). The exit status of a stop that all callers have left is {@code withdrawn}. Without a
 * recording events cost nothing, and the module {@code jdk.jfr} may be absent.
 *
 * <h2>Requirements</h2>
 *
 * <p>Java 22, and {@code --enable-native-access=io.github.lastcall} (on the class path {@code ALL-UNNAMED}). The
 * native library is in the jar. {@code -Dio.github.lastcall.library} names another one by its absolute path, {@code
 * -Dio.github.lastcall.tmpdir} the directory to unpack it in, instead of {@code java.io.tmpdir}. {@link
 * io.github.lastcall.ManagedProcess.Builder#stopWithJvm stopWithJvm} explains {@code
 * -Dio.github.lastcall.stopWithJvm} and {@code -Dio.github.lastcall.guardian}.
 */
package io.github.lastcall;
