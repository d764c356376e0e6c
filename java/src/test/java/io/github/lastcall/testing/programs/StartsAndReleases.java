package io.github.lastcall.testing.programs;

import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.util.concurrent.Callable;

/** An application in a container: starts a child, uses it in several ways, leaves one running and releases. */
public final class StartsAndReleases implements Callable<Long> {

    /** Returns the pid of the child that ran until the release. */
    @Override
    public Long call() throws Exception {
        try (ManagedProcess first = ManagedProcess.builder("true").start()) {
            first.onExit().get();
        }
        ManagedProcess running = ManagedProcess.builder(Programs.child("ready", "pause")).start();
        Programs.awaitReady(running);
        ManagedProcess.release();
        return running.pid();
    }
}
