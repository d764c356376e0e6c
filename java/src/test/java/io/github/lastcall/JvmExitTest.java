package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.LeavesRunning;
import io.github.lastcall.testing.programs.ListensSlowly;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What happens to children at an orderly exit of their JVM. */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class JvmExitTest {

    /** The steps of a child that only a kill ends, and that prints when it gets a signal. */
    private static final String[] STUBBORN = {"handle", "SIGTERM", "say:asked", "ignore", "SIGINT", "ready", "pause"};

    private static JavaProgram leavesRunning(String end, String policy, int count, String... steps) {
        String[] arguments = {end, policy, Integer.toString(count)};
        String[] all = Arrays.copyOf(arguments, arguments.length + steps.length);
        System.arraycopy(steps, 0, all, arguments.length, steps.length);
        return new JavaProgram(LeavesRunning.class, all);
    }

    /** Reads until every child is ready and returns their pids. */
    private static List<Long> children(Process jvm, int count) {
        List<Long> pids = List.of();
        for (int line = 0; line < count + 1; line++) {
            String text = Programs.readLine(jvm.getInputStream()).strip();
            if (text.startsWith("pids ")) {
                pids = Arrays.stream(text.substring(5).split(" ")).map(Long::valueOf).toList();
            } else {
                assertEquals("ready", text);
            }
        }
        assertEquals(count, pids.size());
        return pids;
    }

    private static void assertNoneRuns(List<Long> pids) {
        pids.forEach(pid -> assertFalse(Programs.isRunning(pid), () -> pid + " is still there"));
    }

    @Test
    void ctrlCKillsWhatHasNoPolicy() {
        assertKilledBySignal("INT", 130);
    }

    @Test
    void aListenerThatIsSlowGetsTheLastWords() {
        JavaProgram.Result result = new JavaProgram(ListensSlowly.class).run();
        assertEquals("ready\nbye\n", result.out(), result.err());
    }

    @Test
    void sigtermKillsWhatHasNoPolicy() {
        assertKilledBySignal("TERM", 143);
    }

    private static void assertKilledBySignal(String signal, int exitValue) {
        Process jvm = JavaProgram.start(leavesRunning("stay", "kill", 1, STUBBORN).builder());
        List<Long> children = children(jvm, 1);
        Programs.signal(jvm.pid(), signal);
        JavaProgram.Result result = JavaProgram.finish(jvm);
        assertNoneRuns(children);
        assertEquals(exitValue, result.exitValue(), result.err());
        assertFalse(result.out().contains("asked"), result.out());
    }

    @Test
    void aPlainExitKillsWhatHasNoPolicy() {
        Process jvm = JavaProgram.start(leavesRunning("exit", "kill", 1, STUBBORN).builder());
        List<Long> children = children(jvm, 1);
        JavaProgram.Result result = JavaProgram.finish(jvm);
        assertNoneRuns(children);
        assertEquals(0, result.exitValue(), result.err());
        assertFalse(result.out().contains("asked"), result.out());
    }

    @Test
    void aPolicyIsFollowedToItsEnd() {
        Process jvm = JavaProgram.start(leavesRunning("stay", "500", 1, STUBBORN).builder());
        List<Long> children = children(jvm, 1);
        Programs.signal(jvm.pid(), "INT");
        JavaProgram.Result result = JavaProgram.finish(jvm);
        assertNoneRuns(children);
        assertEquals("asked", result.out().strip());
    }

    @Test
    void aPolicyTakesNoLongerThanTheChild() {
        String[] obedient = {"handle", "SIGTERM", "exit:0", "ready", "pause"};
        Process jvm = JavaProgram.start(leavesRunning("stay", "600000", 1, obedient).builder());
        List<Long> children = children(jvm, 1);
        Programs.signal(jvm.pid(), "INT");
        JavaProgram.finish(jvm);
        assertNoneRuns(children);
    }

    @Test
    void grandchildrenGoToo() {
        String[] family = {"fork", "ignore", "SIGTERM", "print-ids", "pause", "end", "pause"};
        Process jvm = JavaProgram.start(leavesRunning("stay", "kill", 1, family).builder());
        String one = Programs.readLine(jvm.getInputStream());
        String other = Programs.readLine(jvm.getInputStream());
        long grandchild = Long.parseLong((one.startsWith("pids") ? other : one).split(" ")[0]);
        Programs.signal(jvm.pid(), "TERM");
        JavaProgram.finish(jvm);
        Programs.awaitGone(grandchild);
    }

    @Test
    void manyStubbornOnesAreStoppedAtTheSameTime() {
        int count = 12;
        Process jvm = JavaProgram.start(leavesRunning("stay", "1000", count, STUBBORN).builder());
        List<Long> children = children(jvm, count);
        long begun = System.nanoTime();
        Programs.signal(jvm.pid(), "TERM");
        JavaProgram.Result result = JavaProgram.finish(jvm);
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        assertNoneRuns(children);
        assertEquals(count, result.out().lines().filter("asked"::equals).count());
        // One after the other they would take 12 s.
        assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, took.toString());
    }

    @Test
    void anExitInTheMiddleOfAStartLeavesNoChild() {
        JavaProgram program = new JavaProgram(ExitsDuringStart.class, Programs.helper("child"), "pause");
        Process jvm = JavaProgram.start(program.builder());
        long child = Long.parseLong(Programs.readLine(jvm.getInputStream()));
        JavaProgram.Result result = JavaProgram.finish(jvm);
        assertNoneRuns(List.of(child));
        assertEquals(0, result.exitValue(), result.err());
    }

    @Test
    void aDisarmedChildKeepsRunning() throws Exception {
        Process jvm = JavaProgram.start(leavesRunning("exit", "disarmed", 1, "ready", "pause").builder());
        List<Long> children = children(jvm, 1);
        jvm.getOutputStream().close();
        try {
            assertEquals(0, jvm.waitFor());
            assertTrue(Programs.isRunning(children.get(0)));
        } finally {
            Programs.signal(children.get(0), "KILL");
            JavaProgram.finish(jvm);
        }
    }

    @Test
    void aDisarmedChildOfWhichAStopIsUnderWayDoesNot() throws Exception {
        Process jvm = JavaProgram.start(leavesRunning("exit", "asked", 1, STUBBORN).builder());
        List<Long> children = children(jvm, 1);
        jvm.getOutputStream().write('\n');
        jvm.getOutputStream().flush();
        JavaProgram.finish(jvm);
        assertNoneRuns(children);
    }

    @Test
    void ctrlCInATerminalLeavesNoChild() throws Exception {
        List<String> command = leavesRunning("stay", "500", 1, STUBBORN).command();
        Process terminal = JavaProgram.start(Programs.inTerminal(command));
        List<Long> children = children(terminal, 1);
        terminal.getOutputStream().write(3);
        terminal.getOutputStream().flush();
        JavaProgram.Result result = JavaProgram.finish(terminal);
        assertNoneRuns(children);
        assertTrue(result.out().contains("asked"), result.out());
        assertEquals(130, result.exitValue(), result.out());
    }
}
