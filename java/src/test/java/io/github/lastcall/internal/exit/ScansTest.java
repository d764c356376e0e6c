package io.github.lastcall.internal.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.testing.Carriers;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.OnWindows;
import io.github.lastcall.testing.Programs;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@OnWindows
@ExtendWith(LeaksNothing.class)
class ScansTest {

    private static final NativeProcess FIRST = new NativeProcess(1_001, 1_001, -1);
    private static final NativeProcess SECOND = new NativeProcess(1_002, 1_002, -1);

    private final List<List<NativeProcess>> scanned = new CopyOnWriteArrayList<>();
    private final CountDownLatch allHaveAsked = new CountDownLatch(1);

    /** An OS that scans nothing and keeps what it was asked for. Its first scan lasts until all have asked. */
    private OsPort os() {
        return (OsPort) Proxy.newProxyInstance(
                OsPort.class.getClassLoader(), new Class<?>[] {OsPort.class}, (proxy, method, arguments) -> {
                    @SuppressWarnings("unchecked")
                    List<NativeProcess> leaders = (List<NativeProcess>) arguments[0];
                    scanned.add(leaders);
                    allHaveAsked.await();
                    GroupScan nobody = new GroupScan(GroupScan.State.EMPTY, 0, List.of());
                    return Optional.of(leaders.stream().map(leader -> nobody).toList());
                });
    }

    /** Each asker closes the handles of the members that it is given: two must not be given the same. */
    @Test
    void twoWhoAskForTheSameGroupAtOnceAreAnsweredByTwoScansAndOthersShareThem() throws Exception {
        Scans scans = new Scans(os());
        List<Thread> askers = new ArrayList<>();
        for (NativeProcess leader : List.of(FIRST, FIRST, FIRST, SECOND)) {
            askers.add(Thread.ofPlatform().start(() -> ask(scans, leader)));
            Programs.await("the first scan is under way", () -> scanned.size() == 1);
        }
        for (Thread asker : askers.subList(1, askers.size())) {
            Programs.await("it waits for its turn", () -> asker.getState() == Thread.State.WAITING);
        }
        allHaveAsked.countDown();
        for (Thread asker : askers) {
            asker.join();
        }
        List<Integer> sizes = scanned.stream().map(List::size).toList();
        assertEquals(List.of(1, 2, 1), sizes, "leaders of each scan");
        assertEquals(List.of(FIRST), scanned.get(2));
    }

    /** Who has asked for the scan is a virtual thread and has no carrier to go on. */
    @Test
    void nobodyWaitsForAnothersCarrier() throws Exception {
        Scans scans = new Scans(os());
        Thread first = Thread.ofVirtual().start(() -> ask(scans, FIRST));
        Programs.await("the first scan is under way", () -> scanned.size() == 1);
        try (Carriers taken = Carriers.taken()) {
            Thread second = Thread.ofPlatform().start(() -> ask(scans, SECOND));
            Programs.await("it waits for its turn", () -> second.getState() == Thread.State.WAITING);
            allHaveAsked.countDown();
            assertTrue(second.join(Duration.ofSeconds(20)));
        }
        first.join();
    }

    private static void ask(Scans scans, NativeProcess leader) {
        try {
            scans.scan(leader, false);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
