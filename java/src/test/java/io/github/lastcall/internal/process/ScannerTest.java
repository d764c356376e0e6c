package io.github.lastcall.internal.process;

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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@OnWindows
@ExtendWith(LeaksNothing.class)
class ScannerTest {

    private static final NativeProcess FIRST = new NativeProcess(1_001, 1_001, -1);
    private static final NativeProcess SECOND = new NativeProcess(1_002, 1_002, -1);

    private final List<List<NativeProcess>> scanned = new CopyOnWriteArrayList<>();
    private final CountDownLatch allHaveAsked = new CountDownLatch(1);
    private final AtomicInteger failures = new AtomicInteger();
    private final Scanner scanner = new Scanner();
    private final OsPort os = os();

    @AfterEach
    void end() {
        allHaveAsked.countDown();
        scanner.end();
    }

    /** An OS that scans nothing and keeps the requests. Its first scan lasts until all requests were made. */
    private OsPort os() {
        return (OsPort) Proxy.newProxyInstance(
                OsPort.class.getClassLoader(), new Class<?>[] {OsPort.class}, (proxy, method, arguments) -> {
                    @SuppressWarnings("unchecked")
                    List<NativeProcess> leaders = (List<NativeProcess>) arguments[0];
                    scanned.add(leaders);
                    allHaveAsked.await();
                    if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                        throw new OutOfMemoryError("a test");
                    }
                    GroupScan nobody = new GroupScan(GroupScan.State.EMPTY, 0, List.of(), List.of());
                    return Optional.of(leaders.stream().map(leader -> nobody).toList());
                });
    }

    private void request(NativeProcess leader, Scanner.Answer answer) {
        scanner.request(os, leader, false, answer);
    }

    private static void assertDone(CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(20, TimeUnit.SECONDS), latch.getCount() + " were not answered");
    }

    /** Each receiver closes the handles of the members that it gets, so two receivers must not get the same. */
    @Test
    void twoRequestsForOneGroupNeedTwoScansAndOthersShareThem() throws Exception {
        scanner.start();
        CountDownLatch answers = new CountDownLatch(4);
        request(FIRST, (began, scan) -> answers.countDown());
        Programs.await("the first scan is under way", () -> scanned.size() == 1);
        for (NativeProcess leader : List.of(FIRST, FIRST, SECOND)) {
            request(leader, (began, scan) -> answers.countDown());
        }
        allHaveAsked.countDown();
        assertDone(answers);
        assertEquals(List.of(1, 2, 1), scanned.stream().map(List::size).toList(), "leaders of each scan");
        assertEquals(List.of(FIRST), scanned.get(2));
    }

    @Test
    void aRequestDuringAScanIsAnsweredByTheNext() throws Exception {
        scanner.start();
        CountDownLatch answers = new CountDownLatch(2);
        List<Long> began = new CopyOnWriteArrayList<>();
        request(FIRST, (at, scan) -> answers.countDown());
        Programs.await("the first scan is under way", () -> scanned.size() == 1);
        long asked = System.nanoTime();
        request(SECOND, (at, scan) -> {
            began.add(at);
            answers.countDown();
        });
        allHaveAsked.countDown();
        assertDone(answers);
        assertTrue(began.get(0) - asked >= 0, "an older scan does not answer");
    }

    /** The request is from a virtual thread without a carrier: the answer still comes. */
    @Test
    void noThreadWaitsForTheCarrierOfAnother() throws Exception {
        scanner.start();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answers = new CountDownLatch(2);
        Thread.ofVirtual().start(() -> {
            request(FIRST, (began, scan) -> answers.countDown());
            asked.countDown();
        });
        assertDone(asked);
        Programs.await("the first scan is under way", () -> scanned.size() == 1);
        try (Carriers taken = Carriers.taken()) {
            request(SECOND, (began, scan) -> answers.countDown());
            allHaveAsked.countDown();
            assertDone(answers);
        }
    }

    @Test
    void aScanThatFailsIsAnAnswerAndTheNextOneCounts() throws Exception {
        scanner.start();
        allHaveAsked.countDown();
        failures.set(1);
        List<Boolean> seen = new CopyOnWriteArrayList<>();
        for (int i = 1; i <= 2; i++) {
            CountDownLatch answer = new CountDownLatch(1);
            request(FIRST, (began, scan) -> {
                seen.add(scan.isPresent());
                answer.countDown();
            });
            assertDone(answer);
        }
        assertEquals(List.of(false, true), seen);
    }

    @Test
    void anAnswerThatThrowsHasNoEffectOnOthers() throws Exception {
        CountDownLatch answers = new CountDownLatch(2);
        request(FIRST, (began, scan) -> {
            throw new OutOfMemoryError("a test");
        });
        request(SECOND, (began, scan) -> answers.countDown());
        scanner.start();
        allHaveAsked.countDown();
        request(FIRST, (began, scan) -> answers.countDown());
        assertDone(answers);
    }
}
