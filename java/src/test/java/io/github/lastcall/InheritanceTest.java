package io.github.lastcall;

import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lastcall.testing.LeaksNothing;
import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.ServerSocket;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a child inherits from its parent, and what it does not. */
@ExtendWith(LeaksNothing.class)
class InheritanceTest {

    /** Many descriptors of all kinds, open while a test runs. */
    private static final class Descriptors implements Closeable {
        private final Deque<Closeable> open = new ArrayDeque<>();

        private static Descriptors open(int count) throws IOException {
            Descriptors descriptors = new Descriptors();
            while (descriptors.open.size() < count) {
                descriptors.open.add(new FileInputStream("/dev/null"));
                descriptors.open.add(new FileInputStream("/proc/self/status"));
                descriptors.open.add(new ServerSocket(0));
                descriptors.open.add(DatagramChannel.open());
                Pipe pipe = Pipe.open();
                descriptors.open.add(pipe.source());
                descriptors.open.add(pipe.sink());
            }
            return descriptors;
        }

        @Override
        public void close() throws IOException {
            for (Closeable each : open) {
                each.close();
            }
        }
    }

    private static String output(String step) throws Exception {
        return Starter.LASTCALL.outputOf(child(step));
    }

    @Test
    void noDescriptorButTheStandardStreamsIsInherited() throws Exception {
        try (Descriptors descriptors = Descriptors.open(500)) {
            assertEquals("0 1 2\n", output("print-fds"));
        }
    }

    @Test
    void thatHoldsForRedirectedAndMergedStreamsToo() throws Exception {
        try (Descriptors descriptors = Descriptors.open(50)) {
            ProcessBuilder command =
                    child("print-fds").redirectInput(new File("/dev/null")).redirectErrorStream(true);
            assertEquals("0 1 2\n", Starter.LASTCALL.outputOf(command));
            command = child("print-fds").redirectErrorStream(false).redirectError(Redirect.DISCARD);
            assertEquals("0 1 2\n", Starter.LASTCALL.outputOf(command));
        }
    }

    @Test
    void noSignalIsBlockedOrIgnored() throws Exception {
        assertEquals("0".repeat(16) + " " + "0".repeat(16) + "\n", output("print-signals"));
    }

    @Test
    void noSignalIsBlockedOrIgnoredWhenAVirtualThreadStartsIt() throws Exception {
        assertEquals(
                "0".repeat(16) + " " + "0".repeat(16) + "\n",
                ThreadKind.VIRTUAL.begin(() -> output("print-signals")).result());
    }

    @Test
    void theChildLeadsAGroupOfItsOwnInOurSession() throws Exception {
        String[] ours = Starter.JDK.outputOf(child("print-ids")).strip().split(" ");
        ManagedProcess process = ManagedProcess.builder(child("print-ids")).start();
        String[] ids = Starter.text(process.getInputStream()).strip().split(" ");
        process.waitFor();
        assertEquals(process.pid(), Long.parseLong(ids[0]));
        assertEquals(process.pid(), Long.parseLong(ids[1]), "its group");
        assertEquals(ours[2], ids[2], "its session");
    }

    @ParameterizedTest
    @EnumSource
    void weAreItsParent(Starter starter) throws Exception {
        assertEquals(ProcessHandle.current().pid() + "\n", starter.outputOf(child("print-parent")));
    }

    @ParameterizedTest
    @EnumSource
    void itsWorkingDirectoryIsOursUnlessOneIsGiven(Starter starter) throws Exception {
        String ours = Path.of("").toRealPath().toString();
        assertEquals(ours + "\n", starter.outputOf(child("print-cwd")));
        assertEquals("/\n", starter.outputOf(child("print-cwd").directory(new File("/"))));
    }
}
