package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.ProcessLeakedException;
import io.github.lastcall.ProcessScope;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.testing.Programs;
import java.time.Duration;

/**
 * Kills, stops or signals one child after the other, in several ways, with a heap that is full, and waits until it has
 * ended. Each way has been taken before: to load and link its classes takes memory.
 */
public final class KillsWithoutHeap {

    private static final GracefulShutdown POLICY = GracefulShutdown.of(Duration.ofSeconds(20));

    /** Each byte that is left is taken. */
    private static final int SMALLEST = 16;

    private static Object[] taken;

    private KillsWithoutHeap() {}

    private interface Kill {
        void on(ManagedProcess process) throws Exception;
    }

    private interface ScopeStop {
        void on(ProcessScope scope) throws Exception;
    }

    private interface Start {
        ManagedProcess start() throws Exception;
    }

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        kill("kill", ManagedProcess::kill);
        kill("killAsync", ManagedProcess::killAsync);
        kill("destroyForcibly", ManagedProcess::destroyForcibly);
        kill("close", ManagedProcess::close);
        kill("terminate", process -> process.terminate(POLICY));
        kill("terminateAsync", process -> process.terminateAsync(POLICY));
        kill("sendSignal", process -> process.sendSignal(UnixSignal.SIGTERM));
        inScope("scope.close", ProcessScope::close);
        inScope("scope.terminateAll", ProcessScope::terminateAll);
    }

    private static void inScope(String name, ScopeStop way) throws Exception {
        ProcessScope[] scope = new ProcessScope[1];
        kill(
                name,
                () -> {
                    scope[0] = ProcessScope.open(POLICY);
                    return scope[0].start(ManagedProcess.builder(Programs.child("pause")));
                },
                process -> way.on(scope[0]));
    }

    private static void kill(String name, Kill way) throws Exception {
        kill(name, () -> ManagedProcess.builder(Programs.child("pause")).start(), way);
    }

    private static void kill(String name, Start start, Kill way) throws Exception {
        // Makes the collector search for memory twice each time: a second for each way.
        boolean looks = name.startsWith("kill") || name.equals("destroyForcibly");
        for (boolean full : new boolean[] {false, true}) {
            ManagedProcess process = start.start();
            long pid = process.pid();
            if (full) {
                takeAll();
                if (looks) {
                    look(process);
                }
            }
            try {
                way.on(process);
            } catch (OutOfMemoryError | ProcessLeakedException expected) {
                // Or there was enough for it: another thread may have given some back.
            } finally {
                taken = null;
            }
            Programs.awaitGone(pid);
        }
        System.out.println(name);
    }

    /** Calls so often that the JVM generates new code for the call, if it has not done so before. */
    private static void look(ManagedProcess process) {
        for (int i = 0; i < 150; i++) {
            try {
                process.isAlive();
            } catch (OutOfMemoryError expected) {
                // There is no memory for it, or for something else.
            }
        }
    }

    private static void takeAll() {
        for (int size = 1 << 20; size >= SMALLEST; size /= 2) {
            try {
                while (true) {
                    taken = new Object[] {taken, new byte[size - SMALLEST]};
                }
            } catch (OutOfMemoryError full) {
                // The next size still fits.
            }
        }
    }
}
