package io.github.lastcall.internal.os;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class JobControlTest {

    /** The loop reaps the command at the end of a stop, also between two looks of the command line. */
    @Test
    void aProcessThatIsNoChildAnyMoreHasNotBeenStopped() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self")), "job control is for Linux");
        NativeOs.instance();
        assertEquals(0, JobControl.stopped(ProcessHandle.current().pid()));
    }
}
