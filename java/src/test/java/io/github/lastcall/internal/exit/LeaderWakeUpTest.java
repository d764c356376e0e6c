package io.github.lastcall.internal.exit;

import static io.github.lastcall.testing.Programs.helper;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.Scope;
import io.github.lastcall.internal.os.SpawnRequest;
import io.github.lastcall.testing.LeaksNothing;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeaksNothing.class)
class LeaderWakeUpTest {

    /** Whoever shortens a limit wakes the waiters after that; one of them may just have looked at the old one. */
    @Test
    void aWakeUpJustAfterTheLimitWasLookedAtIsNotLost() throws Exception {
        OsPort os = NativeOs.instance();
        long nothing = os.open("/dev/null".getBytes(), OsPort.OpenMode.READ);
        Leader leader = new Leader(os, new Waiters(os), new Scans(os), os.spawn(sleeper(nothing)));
        os.close(nothing);
        AtomicInteger asked = new AtomicInteger();
        Supplier<Deadline> limit = () -> {
            if (asked.getAndIncrement() > 0) {
                return Deadline.in(0);
            }
            leader.wakeWaiters();
            return Deadline.in(20_000_000_000L);
        };
        long begun = System.nanoTime();
        assertEquals(Optional.empty(), leader.awaitExit(limit));
        assertTrue(System.nanoTime() - begun < 10_000_000_000L, "it has waited for the old limit");

        leader.signal(Scope.LEADER, UnixSignal.SIGKILL);
        leader.awaitExit(() -> Deadline.NEVER);
    }

    private static SpawnRequest sleeper(long stream) {
        byte[] child = helper("child").getBytes();
        return new SpawnRequest(
                List.of(child),
                List.of(child, "pause".getBytes()),
                List.of(),
                Optional.empty(),
                stream,
                stream,
                stream,
                false);
    }
}
