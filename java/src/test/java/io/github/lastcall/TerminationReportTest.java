package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.Json;
import io.github.lastcall.testing.OnWindows;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

@OnWindows
class TerminationReportTest {

    private static final ExitStatus CODE_0 = new ExitStatus.Exited(0);
    private static final ExitStatus KILLED = new ExitStatus.Signaled(9, Optional.of(UnixSignal.SIGKILL), false);
    private static final IOException REFUSED = new OsException(1, "EPERM", "pidfd_send_signal");
    private static final TerminationAttempt SENT = send(Optional.empty());

    private static TerminationAttempt send(Optional<IOException> error) {
        return new TerminationAttempt(new TerminationAction.SendSignal("SIGTERM"), Duration.ZERO,
                Duration.ofNanos(40_000), error, List.of());
    }

    private static TerminationReport report(ExitStatus status, boolean forced, String endedBy, long millis,
            List<TerminationAttempt> attempts, List<Survivor> stragglers) {
        return new TerminationReport("redis", 4711, status, forced, Optional.ofNullable(endedBy),
                Duration.ofMillis(millis), attempts, stragglers, List.of());
    }

    @Test
    void aGracefulEndNamesTheSignal() {
        assertEquals("redis (pid 4711) ended by SIGTERM after 12 ms: exited with code 0",
                report(CODE_0, false, "SIGTERM", 12, List.of(SENT), List.of()).toString());
    }

    @Test
    void aForcedEndSaysKilled() {
        assertEquals("redis (pid 4711) killed after 5.2 s: killed by SIGKILL",
                report(KILLED, true, "SIGKILL", 5203, List.of(SENT), List.of()).toString());
    }

    @Test
    void anEndBeforeTheStopSaysSo() {
        assertEquals("redis (pid 4711) had already exited: exited with code 0",
                report(CODE_0, false, null, 0, List.of(), List.of()).toString());
    }

    @Test
    void anEndWithoutASignalSaysSo() {
        assertEquals("redis (pid 4711) exited by itself after 103 ms: exited with code 0",
                report(CODE_0, false, null, 103, List.of(send(Optional.of(REFUSED))), List.of()).toString());
    }

    @Test
    void stragglersStandAtTheEndOfTheSameLine() {
        List<Survivor> stragglers = List.of(new Survivor(4712, "node", 'S'), new Survivor(4713, "vi", 'D'));
        assertEquals("redis (pid 4711) ended by SIGTERM after 12 ms: exited with code 0;"
                        + " outlived by 4712 (node, S), 4713 (vi, D)",
                report(CODE_0, false, "SIGTERM", 12, List.of(SENT), stragglers).toString());
    }

    @Test
    void processesOutsideOfTheGroupComeAtTheEnd() {
        TerminationReport report = new TerminationReport("redis", 4711, CODE_0, false, Optional.of("SIGTERM"),
                Duration.ofMillis(12), List.of(SENT), List.of(), List.of(new Survivor(4714, "worker", 'S')));
        assertEquals("redis (pid 4711) ended by SIGTERM after 12 ms: exited with code 0;"
                + " had left the group: 4714 (worker, S)", report.toString());
        assertNotEquals(report(CODE_0, false, "SIGTERM", 12, List.of(SENT), List.of()), report);
    }

    @Test
    void survivorsWithEqualPartsAreEqual() {
        Survivor survivor = new Survivor(4713, "node", 'D');
        assertEquals(new Survivor(4713, "node", 'D'), survivor);
        assertEquals(new Survivor(4713, "node", 'D').hashCode(), survivor.hashCode());
        assertNotEquals(new Survivor(4714, "node", 'D'), survivor);
        assertNotEquals(new Survivor(4713, "vi", 'D'), survivor);
        assertNotEquals(new Survivor(4713, "node", 'S'), survivor);
    }

    @Test
    void listsAreCopied() {
        List<TerminationAttempt> attempts = new ArrayList<>(List.of(SENT));
        List<Survivor> stragglers = new ArrayList<>(List.of(new Survivor(4712, "node", 'S')));
        TerminationReport report = report(CODE_0, false, "SIGTERM", 12, attempts, stragglers);
        attempts.clear();
        stragglers.clear();
        assertEquals(List.of(SENT), report.attempts());
        assertEquals(List.of(new Survivor(4712, "node", 'S')), report.stragglers());
        assertThrows(UnsupportedOperationException.class, () -> report.attempts().clear());
        assertThrows(UnsupportedOperationException.class, () -> report.stragglers().clear());

        List<String> notes = new ArrayList<>(List.of("note"));
        TerminationAttempt attempt = new TerminationAttempt(new TerminationAction.CheckStatus(), Duration.ZERO,
                Duration.ZERO, Optional.empty(), notes);
        notes.clear();
        assertEquals(List.of("note"), attempt.notes());
        assertThrows(UnsupportedOperationException.class, () -> attempt.notes().clear());
    }

    @Test
    void equalIsWhatIsEqualInAllParts() {
        TerminationReport report = report(CODE_0, false, "SIGTERM", 12, List.of(SENT), List.of());
        assertEquals(report(CODE_0, false, "SIGTERM", 12, List.of(send(Optional.empty())), List.of()), report);
        assertEquals(report(CODE_0, false, "SIGTERM", 12, List.of(SENT), List.of()).hashCode(), report.hashCode());
        assertNotEquals(report(KILLED, false, "SIGTERM", 12, List.of(SENT), List.of()), report);
        assertNotEquals(report(CODE_0, true, "SIGTERM", 12, List.of(SENT), List.of()), report);
        assertNotEquals(report(CODE_0, false, "SIGINT", 12, List.of(SENT), List.of()), report);
        assertNotEquals(report(CODE_0, false, "SIGTERM", 13, List.of(SENT), List.of()), report);
        assertNotEquals(report(CODE_0, false, "SIGTERM", 12, List.of(), List.of()), report);
        Survivor straggler = new Survivor(4712, "node", 'S');
        assertNotEquals(report(CODE_0, false, "SIGTERM", 12, List.of(SENT), List.of(straggler)), report);
        assertNotEquals(send(Optional.of(REFUSED)), SENT);
        assertEquals(send(Optional.of(REFUSED)), send(Optional.of(REFUSED)));
    }

    @Test
    void anAttemptHasActionTimesErrorAndNotes() {
        assertEquals("send signal SIGTERM [at 0 ms, took 40 us]", SENT.toString());
        assertEquals("send signal SIGTERM [at 0 ms, took 40 us]: EPERM (1) in pidfd_send_signal",
                send(Optional.of(REFUSED)).toString());
        TerminationAttempt wait = new TerminationAttempt(new TerminationAction.WaitForExit(Duration.ofSeconds(5)),
                Duration.ofMillis(1), Duration.ofSeconds(5), Optional.of(new IOException("timed out after 5 s")),
                List.of("SIGTERM is ignored by 4712 (node)", "SIGTERM is blocked by 4713 (sh)"));
        assertEquals("wait for exit (5 s) [at 1 ms, took 5 s]: timed out after 5 s"
                + " (SIGTERM is ignored by 4712 (node); SIGTERM is blocked by 4713 (sh))", wait.toString());
    }

    @Test
    void actionsReadAsWords() {
        assertEquals("check status", new TerminationAction.CheckStatus().toString());
        assertEquals("send signal SIGHUP", new TerminationAction.SendSignal("SIGHUP").toString());
        assertEquals("wait for exit (1.5 s)", new TerminationAction.WaitForExit(Duration.ofMillis(1500)).toString());
        assertEquals("close input", new TerminationAction.CloseInput().toString());
        assertEquals("run redis-cli", new TerminationAction.RunCommand("redis-cli").toString());
        assertEquals("call drain", new TerminationAction.Call("drain").toString());
        assertEquals("skipped: a kill was asked for", new TerminationAction.Skipped("a kill was asked for").toString());
    }

    @Test
    void outcomesCarryTheStatusEitherWay() {
        WaitOutcome completed = new WaitOutcome.Completed(CODE_0);
        assertSame(CODE_0, completed.exitStatus());
        assertEquals("completed: exited with code 0", completed.toString());
        WaitOutcome terminated = new WaitOutcome.TerminatedAfterTimeout(
                report(KILLED, true, "SIGKILL", 5203, List.of(SENT), List.of()));
        assertSame(KILLED, terminated.exitStatus());
        assertEquals("terminated after the timeout: redis (pid 4711) killed after 5.2 s: killed by SIGKILL",
                terminated.toString());
    }

    @Test
    void jsonHasEveryFieldUnderTheNameThatIsDocumented() {
        TerminationAttempt wait = new TerminationAttempt(new TerminationAction.WaitForExit(Duration.ofSeconds(5)),
                Duration.ofMillis(1), Duration.ofSeconds(5), Optional.of(new IOException("timed out after 5 s")),
                List.of("SIGTERM is ignored by 4712 (node)"));
        TerminationReport report = report(KILLED, true, "SIGKILL", 5203, List.of(send(Optional.of(REFUSED)), wait),
                List.of(new Survivor(4712, "node", 'S')));
        assertEquals("{\"processName\":\"redis\",\"pid\":4711,"
                        + "\"exitStatus\":{\"kind\":\"signaled\",\"signal\":9,\"name\":\"SIGKILL\","
                        + "\"coreDumped\":false},"
                        + "\"forced\":true,\"endedBy\":\"SIGKILL\",\"elapsedNanos\":5203000000,\"attempts\":["
                        + "{\"action\":{\"kind\":\"sendSignal\",\"signal\":\"SIGTERM\"},\"afterNanos\":0,"
                        + "\"tookNanos\":40000,\"error\":{\"message\":\"EPERM (1) in pidfd_send_signal\",\"code\":1,"
                        + "\"symbol\":\"EPERM\",\"call\":\"pidfd_send_signal\",\"text\":\"\"},\"notes\":[]},"
                        + "{\"action\":{\"kind\":\"waitForExit\",\"limitNanos\":5000000000},\"afterNanos\":1000000,"
                        + "\"tookNanos\":5000000000,\"error\":{\"message\":\"timed out after 5 s\",\"code\":null,"
                        + "\"symbol\":null,\"call\":null,\"text\":null},"
                        + "\"notes\":[\"SIGTERM is ignored by 4712 (node)\"]}],"
                        + "\"stragglers\":[{\"pid\":4712,\"command\":\"node\",\"state\":\"S\"}],\"escaped\":[]}",
                report.toJson());
        Json.parse(report.toJson());
    }

    @Test
    void jsonHasNullForWhatThereIsNot() {
        TerminationReport report = report(CODE_0, false, null, 0, List.of(SENT), List.of());
        Map<?, ?> json = (Map<?, ?>) Json.parse(report.toJson());
        assertEquals(Map.of("kind", "exited", "code", 0L), json.get("exitStatus"));
        assertTrue(json.containsKey("endedBy"));
        assertNull(json.get("endedBy"));
        assertEquals(false, json.get("forced"));
        assertEquals(List.of(), json.get("stragglers"));
        assertNull(((Map<?, ?>) ((List<?>) json.get("attempts")).get(0)).get("error"));
    }

    @Test
    void jsonHasAKindForEachStatusAndAction() {
        assertEquals(Map.of("kind", "unknown", "reason", "held by a tracer"),
                json(new ExitStatus.Unknown("held by a tracer"), new TerminationAction.CheckStatus())
                        .get("exitStatus"));
        assertEquals("{kind=signaled, signal=33, name=null, coreDumped=true}",
                json(new ExitStatus.Signaled(33, Optional.empty(), true), new TerminationAction.CheckStatus())
                        .get("exitStatus").toString());
        assertEquals(Map.of("kind", "checkStatus"), action(new TerminationAction.CheckStatus()));
        assertEquals(Map.of("kind", "closeInput"), action(new TerminationAction.CloseInput()));
        assertEquals(Map.of("kind", "runCommand", "program", "sh"), action(new TerminationAction.RunCommand("sh")));
        assertEquals(Map.of("kind", "call", "name", "it"), action(new TerminationAction.Call("it")));
        assertEquals(Map.of("kind", "skipped", "reason", "killed"), action(new TerminationAction.Skipped("killed")));
        assertEquals("{kind=waitForExit, limitNanos=null}",
                action(new TerminationAction.WaitForExit(Duration.ofSeconds(Long.MAX_VALUE))).toString());
        record Prayed() implements TerminationAction {}
        assertEquals(Map.of("kind", "other", "text", "Prayed[]"), action(new Prayed()));
    }

    private static Object action(TerminationAction action) {
        List<?> attempts = (List<?>) json(CODE_0, action).get("attempts");
        return ((Map<?, ?>) attempts.get(0)).get("action");
    }

    private static Map<?, ?> json(ExitStatus status, TerminationAction action) {
        TerminationAttempt attempt =
                new TerminationAttempt(action, Duration.ZERO, Duration.ZERO, Optional.empty(), List.of());
        return (Map<?, ?>) Json.parse(report(status, false, null, 0, List.of(attempt), List.of()).toJson());
    }

    @Test
    void jsonIsOneLineThatAnyTextComesBackFrom() {
        String all = IntStream.range(0, 0x3000).mapToObj(Character::toString).collect(Collectors.joining());
        String text = all + "\"\\/ \ud83d\ude00 \ud83d \ude00 \ufeff\uffff";
        TerminationAttempt attempt = new TerminationAttempt(new TerminationAction.Skipped(text), Duration.ZERO,
                Duration.ZERO, Optional.of(new IOException(text)), List.of(text));
        String json = new TerminationReport(text, 1, new ExitStatus.Unknown(text), false, Optional.of(text),
                Duration.ZERO, List.of(attempt), List.of(new Survivor(2, text, '\n')),
                List.of(new Survivor(3, text, '\r'))).toJson();
        assertEquals(1, json.lines().count());
        assertFalse(json.chars().anyMatch(c -> c < ' ' || c == '\u0085' || c == '\u2028' || c == '\u202e'), json);

        Map<?, ?> report = (Map<?, ?>) Json.parse(json);
        Map<?, ?> back = (Map<?, ?>) ((List<?>) report.get("attempts")).get(0);
        assertEquals(text, report.get("processName"));
        assertEquals(text, report.get("endedBy"));
        assertEquals(text, ((Map<?, ?>) report.get("exitStatus")).get("reason"));
        assertEquals(text, ((Map<?, ?>) back.get("action")).get("reason"));
        assertEquals(text, ((Map<?, ?>) back.get("error")).get("message"));
        assertEquals(List.of(text), back.get("notes"));
        assertEquals(List.of(Map.of("pid", 2L, "command", text, "state", "\n")), report.get("stragglers"));
        assertEquals(List.of(Map.of("pid", 3L, "command", text, "state", "\r")), report.get("escaped"));
    }
}
