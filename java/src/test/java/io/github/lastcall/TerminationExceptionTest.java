package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lastcall.internal.log.Log;
import io.github.lastcall.testing.OnWindows;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

@OnWindows
class TerminationExceptionTest {

    private static final Log.Subject API = new Log.Subject("api", 4711);
    private static final OsException REFUSED = new OsException(1, "EPERM", "pidfd_send_signal");
    private static final IOException TIMED_OUT = new IOException("timed out after 3 s");
    private static final TerminationAttempt LOOKED = attempt(new TerminationAction.CheckStatus(), null);
    private static final TerminationAttempt SEND_REFUSED = send("SIGTERM", REFUSED);
    private static final TerminationAttempt KILL_SENT = send("SIGKILL", null);
    private static final TerminationAttempt WAIT_TIMED_OUT = await(TIMED_OUT);
    private static final List<Survivor> SURVIVORS =
            List.of(new Survivor(4711, "api", 'D'), new Survivor(4712, "node", 'D'));

    private static TerminationAttempt attempt(TerminationAction action, IOException errorOrNull) {
        return new TerminationAttempt(action, Duration.ZERO, Duration.ofMillis(1), Optional.ofNullable(errorOrNull),
                List.of());
    }

    private static TerminationAttempt send(String signal, IOException errorOrNull) {
        return attempt(new TerminationAction.SendSignal(signal), errorOrNull);
    }

    private static TerminationAttempt await(IOException errorOrNull) {
        return attempt(new TerminationAction.WaitForExit(Duration.ofSeconds(3)), errorOrNull);
    }

    private static TerminationFailedException failed(List<TerminationAttempt> attempts, List<Survivor> survivors) {
        return new TerminationFailedException(API, attempts, survivors, "");
    }

    @Test
    void messageNumbersTheErrorsAndNamesTheSurvivors() {
        var failure = failed(List.of(LOOKED, SEND_REFUSED, KILL_SENT, WAIT_TIMED_OUT), SURVIVORS);
        assertEquals("Failed to terminate process 'api' (pid 4711). Attempt errors:"
                + " [1] send signal SIGTERM failed: EPERM (1) in pidfd_send_signal;"
                + " [2] wait for exit timed out after 3 s. Survivors: 4711 (api, D), 4712 (node, D)",
                failure.getMessage());
    }

    @Test
    void messageLeavesOutWhatThereIsNot() {
        assertEquals("Failed to terminate process 'api' (pid 4711)", failed(List.of(), List.of()).getMessage());
        assertEquals("Failed to terminate process 'api' (pid 4711). Survivors: 4711 (api, D), 4712 (node, D)",
                failed(List.of(KILL_SENT), SURVIVORS).getMessage());
        assertEquals("Failed to terminate process 'api' (pid 4711). Attempt errors:"
                + " [1] wait for exit timed out after 3 s", failed(List.of(WAIT_TIMED_OUT), List.of()).getMessage());
    }

    @Test
    void aWaitThatTheOsFailedSaysFailed() {
        var failure = failed(List.of(await(new OsException(12, "ENOMEM", "ppoll"))), List.of());
        assertEquals("Failed to terminate process 'api' (pid 4711). Attempt errors:"
                + " [1] wait for exit (3 s) failed: ENOMEM (12) in ppoll", failure.getMessage());
    }

    @Test
    void anErrorWithoutAMessageHasItsClass() {
        var failure = failed(List.of(send("SIGTERM", new IOException())), List.of());
        assertEquals("Failed to terminate process 'api' (pid 4711). Attempt errors:"
                + " [1] send signal SIGTERM failed: java.io.IOException", failure.getMessage());
    }

    @Test
    void firstErrorIsTheCauseAndTheOthersAreSuppressed() {
        IOException second = new OsException(3, "ESRCH", "killpg");
        var failure = failed(List.of(LOOKED, SEND_REFUSED, send("SIGKILL", second), WAIT_TIMED_OUT), List.of());
        assertSame(REFUSED, failure.getCause());
        assertArrayEquals(new Throwable[] {second, TIMED_OUT}, failure.getSuppressed());
        assertNull(failed(List.of(LOOKED), List.of()).getCause());
    }

    @Test
    void factsAreKeptAndCopied() {
        List<TerminationAttempt> attempts = new ArrayList<>(List.of(LOOKED, SEND_REFUSED, KILL_SENT, WAIT_TIMED_OUT));
        List<Survivor> survivors = new ArrayList<>(SURVIVORS);
        TerminationException failure = failed(attempts, survivors);
        attempts.clear();
        survivors.clear();
        assertEquals("api", failure.processName());
        assertEquals(4711, failure.pid());
        assertEquals(List.of(LOOKED, SEND_REFUSED, KILL_SENT, WAIT_TIMED_OUT), failure.attempts());
        assertEquals(List.of(SEND_REFUSED, WAIT_TIMED_OUT), failure.attemptErrors());
        assertEquals(SURVIVORS, failure.survivors());
        assertThrows(UnsupportedOperationException.class, () -> failure.attempts().clear());
        assertThrows(UnsupportedOperationException.class, () -> failure.attemptErrors().clear());
        assertThrows(UnsupportedOperationException.class, () -> failure.survivors().clear());
    }

    @Test
    void aFailedSignalSaysWhichAndWhy() {
        var failure = new SignalFailedException(API, "SIGTERM", SEND_REFUSED);
        assertEquals("Failed to send SIGTERM to process 'api' (pid 4711): EPERM (1) in pidfd_send_signal",
                failure.getMessage());
        assertSame(REFUSED, failure.getCause());
        assertEquals(List.of(SEND_REFUSED), failure.attemptErrors());
        assertEquals(List.of(), failure.survivors());
    }

    @Test
    void osExceptionNamesCodeAndCall() {
        assertEquals("EPERM (1) in pidfd_send_signal", REFUSED.getMessage());
        assertEquals(1, REFUSED.code());
        assertEquals("EPERM", REFUSED.symbol());
        assertEquals("pidfd_send_signal", REFUSED.call());
        assertEquals("error 1234 in x", new OsException(1234, "", "x").getMessage());
        assertEquals("EINVAL (22)", new OsException(22, "EINVAL", "").getMessage());
        assertThrows(NullPointerException.class, () -> new OsException(1, null, "x"));
        assertThrows(NullPointerException.class, () -> new OsException(1, "EPERM", null));
        assertEquals("", REFUSED.text());
    }

    @Test
    void osExceptionHasTheWordsOfTheSystemBehindTheRest() {
        OsException refused = new OsException(1, "EPERM", "pidfd_send_signal", "Operation not permitted");
        assertEquals("EPERM (1) in pidfd_send_signal: Operation not permitted", refused.getMessage());
        assertEquals("Operation not permitted", refused.text());
        assertThrows(NullPointerException.class, () -> new OsException(1, "EPERM", "x", null));
    }

    @Test
    void spawnExceptionCarriesStageAndOsError() {
        OsException notFound = new OsException(2, "ENOENT", "execve");
        SpawnException failure =
                new SpawnException("Cannot start process 'redis'", SpawnStage.EXEC, Optional.of(notFound));
        assertEquals("Cannot start process 'redis'", failure.getMessage());
        assertEquals(SpawnStage.EXEC, failure.stage());
        assertEquals(Optional.of(notFound), failure.osError());
        assertSame(notFound, failure.getCause());
        SpawnException refused =
                new SpawnException("Cannot start process 'redis'", SpawnStage.ARGUMENTS, Optional.empty());
        assertEquals(Optional.empty(), refused.osError());
        assertEquals("arguments", refused.stage().toString());
    }

    @Test
    void aLeakHasThePlaceOfTheStartAsItsCause() {
        Throwable startedAt = new Throwable("started here");
        var leak = new ProcessLeakedException("api (pid 4711) was still running", startedAt);
        assertEquals("api (pid 4711) was still running", leak.getMessage());
        assertSame(startedAt, leak.getCause());
    }

    @Test
    void exceptionsSurviveSerialization() throws Exception {
        TerminationAction skipped = new TerminationAction.Skipped("a kill was asked for");
        TerminationAttempt noted = new TerminationAttempt(skipped, Duration.ofSeconds(1), Duration.ofMillis(2),
                Optional.empty(), List.of("SIGTERM is ignored by 4712 (node)"));
        var failure = failed(List.of(LOOKED, noted, SEND_REFUSED, WAIT_TIMED_OUT), SURVIVORS);
        TerminationException copy = copyOf(failure);
        assertEquals(failure.getMessage(), copy.getMessage());
        assertEquals("api", copy.processName());
        assertEquals(4711, copy.pid());
        assertEquals(List.of(LOOKED, noted), copy.attempts().subList(0, 2));
        assertEquals(SEND_REFUSED.toString(), copy.attempts().get(2).toString());
        assertSame(copy.getCause(), copy.attemptErrors().get(0).error().orElseThrow());
        assertEquals(SURVIVORS, copy.survivors());

        SpawnException spawn = copyOf(new SpawnException("m", SpawnStage.EXEC, Optional.of(REFUSED)));
        assertEquals(SpawnStage.EXEC, spawn.stage());
        assertEquals("EPERM", spawn.osError().orElseThrow().symbol());
    }

    @SuppressWarnings("unchecked")
    private static <T> T copyOf(T object) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (T) in.readObject();
        }
    }
}
