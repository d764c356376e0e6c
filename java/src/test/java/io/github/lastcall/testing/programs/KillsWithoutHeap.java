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
 * ended. Each way was used once before, because loading and linking its classes takes memory.
 */
public final class KillsWithoutHeap {

    private static final GracefulShutdown POLICY = GracefulShutdown.of(Duration.ofSeconds(20));

    /** Takes each byte that is left. */
    private static final int SMALLEST = 16;

    /** So many that the JVM generates new code for the native call. */
    private static final int CALLS = 150;

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
        int alive = CALLS;
        for (boolean full : new boolean[] {false, true}) {
            ManagedProcess process = start.start();
            long pid = process.pid();
            if (full) {
                takeAll();
                alive = look(process);
            }
            try {
                way.on(process);
            } catch (OutOfMemoryError | ProcessLeakedException expected) {
                // Or there was enough memory: another thread may have freed some.
            } finally {
                taken = null;
            }
            Programs.awaitGone(pid);
            if (alive != CALLS) {
                throw new AssertionError(name + ": only " + alive + " calls of isAlive() returned true");
            }
        }
        System.out.println(name);
    }

    /** Returns how many of the calls have seen that it runs, which takes no memory, not even the first time. */
    private static int look(ManagedProcess process) {
        int alive = 0;
        for (int i = 0; i < CALLS; i++) {
            try {
                alive += process.isAlive() ? 1 : 0;
            } catch (OutOfMemoryError unexpected) {
                // Reported by the number, when there is memory again.
            }
        }
        return alive;
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
