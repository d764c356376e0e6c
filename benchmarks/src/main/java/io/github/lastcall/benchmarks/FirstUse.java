package io.github.lastcall.benchmarks;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;

/**
 * The first start and stop of a fresh JVM, and the smallest program that makes one native call through the Foreign
 * Function & Memory API. Prints the nanoseconds. Nothing here loads what a contender uses: there is no lambda and no
 * string concatenation, and each contender has its own class, so that the verifier does not load the others.
 */
final class FirstUse {

    private FirstUse() {}

    /** Arguments: ffm, jdk or lastcall, child program, page. */
    public static void main(String[] args) throws Throwable {
        ProcessBuilder command = new ProcessBuilder(args[1], args[2], "wait");
        long begun = System.nanoTime();
        if (args[0].equals("ffm")) {
            Ffm.run();
        } else if (args[0].equals("jdk")) {
            Jdk.run(command);
        } else {
            Lastcall.run(command);
        }
        System.out.println(System.nanoTime() - begun);
    }

    private static final class Ffm {
        static void run() throws Throwable {
            Linker linker = Linker.nativeLinker();
            MethodHandle getpid = linker.downcallHandle(
                    linker.defaultLookup().find("getpid").get(), FunctionDescriptor.of(ValueLayout.JAVA_INT));
            int pid = (int) getpid.invokeExact();
            if (pid <= 0) {
                throw new IllegalStateException("getpid");
            }
        }
    }

    private static final class Jdk {
        static void run(ProcessBuilder command) throws Exception {
            Process process = command.start();
            process.destroy();
            process.waitFor();
        }
    }

    private static final class Lastcall {
        static void run(ProcessBuilder command) throws Exception {
            GracefulShutdown shutdown = GracefulShutdown.builder()
                    .unixSigterm(Duration.ofSeconds(10))
                    .windowsCtrlBreak(Duration.ofSeconds(10))
                    .build();
            ManagedProcess.builder(command).start().terminate(shutdown);
        }
    }
}
