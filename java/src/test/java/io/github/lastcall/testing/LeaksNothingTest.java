package io.github.lastcall.testing;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The extension that checks the other tests for leaks finds one. */
@ExtendWith(LeaksNothing.class)
@Timeout(60)
class LeaksNothingTest {

    private final Set<String> before = LeaksNothing.look();

    private void requireNoticed(String what) {
        AssertionError error = assertThrows(
                AssertionError.class, () -> LeaksNothing.requireNothingNewSince(before, Duration.ofMillis(50)));
        assertTrue(error.getMessage().contains(what), error.getMessage());
    }

    @Test
    void nothingNewIsFine() {
        LeaksNothing.requireNothingNewSince(before, Duration.ZERO);
    }

    @Test
    void aChildIsNoticed() throws Exception {
        Process child = Programs.child("read-all").start();
        try {
            requireNoticed("process " + child.pid());
        } finally {
            end(child);
        }
    }

    @Test
    void anOrphanIsNoticed() throws Exception {
        Process child = Programs.child("fork", "print-ids", "pause", "end").start();
        long orphan = Long.parseLong(Programs.readLine(child.getInputStream()).split(" ")[0]);
        try {
            child.waitFor();
            requireNoticed("process " + orphan);
        } finally {
            Programs.signal(orphan, "KILL");
            end(child);
        }
    }

    private static void end(Process child) throws Exception {
        child.destroyForcibly().waitFor();
        child.getOutputStream().close();
        child.getInputStream().close();
        child.getErrorStream().close();
    }

    @Test
    void aDescriptorIsNoticed() throws Exception {
        try (InputStream file = new FileInputStream("/proc/self/status")) {
            requireNoticed("/status)");
        }
    }

    @Test
    void aThreadIsNoticed() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = Thread.ofPlatform().name("left-behind").start(() -> await(end));
        try {
            requireNoticed("(left-behind)");
        } finally {
            end.countDown();
            thread.join();
        }
    }

    private static void await(CountDownLatch end) {
        try {
            end.await(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aTemporaryFileIsNoticed() throws Exception {
        Path file = Files.createTempFile("lastcall", null);
        try {
            requireNoticed("file " + file);
        } finally {
            Files.delete(file);
        }
    }
}
