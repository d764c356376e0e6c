package io.github.lastcall.internal.spawn;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.guard.Guard;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.process.Pipes;
import io.github.lastcall.internal.process.Policy;
import java.nio.file.Path;
import java.util.Optional;

/** What a {@link Launch} is for a process that runs already. Used by one thread. */
public final class Attachment {

    /** Of Linux, for a process that has exited while we were at it. */
    private static final int ESRCH = 3;

    private final Guard guard = Guard.current();
    private final long pid;
    private final Optional<ProcessHandle> before;
    private final Child child;

    /**
     * Takes the number.
     *
     * @throws OsException there is no descriptor for what all processes share
     * @throws IllegalArgumentException the number is no other process's, or that of a child of this library
     */
    public Attachment(long pid, Policy policy) throws OsException {
        requireStranger(pid);
        this.pid = pid;
        this.before = ProcessHandle.of(pid);
        OsPort os = NativeOs.instance();
        this.child = new Child(
                guard.services(),
                os,
                nameOf(before),
                Pipes.NONE,
                policy,
                new StepCommands(guard, os, policy),
                new Throwable("The process was attached to here"));
    }

    private void requireStranger(long pid) {
        if (pid < 2 || pid == ProcessHandle.current().pid()) {
            throw new IllegalArgumentException(
                    pid < 2 ? "not the pid of a process: " + pid : "process " + pid + " is this JVM");
        }
        Optional<Child> own = guard.running(pid);
        if (own.isPresent()) {
            throw new IllegalArgumentException(
                    "process " + own.get().subject() + " was started by Lastcall: use its ManagedProcess");
        }
    }

    /** The file name of the program, never an argument, as with processes of our own. Others' may not be known. */
    private static String nameOf(Optional<ProcessHandle> handle) {
        return handle.flatMap(known -> known.info().command())
                .map(command -> String.valueOf(Path.of(command).getFileName()))
                .orElse("process");
    }

    /** What is going to be attached to. */
    public Child child() {
        return child;
    }

    /**
     * Attaches. The number was the same process's before and after its handle was opened, by the time that it was
     * started at: so the handle is that process's too.
     *
     * @param handle the user's handle; once it is unreachable the process is let go
     */
    public void attach(Object handle) throws OsException {
        guard.beginStart(child, handle);
        try {
            child.attach(pid);
        } finally {
            guard.endStart(child);
        }
        if (before.isEmpty() || !before.get().isAlive()) {
            child.leaveGroup();
            throw new OsException(ESRCH, "ESRCH", "", "process " + pid + " has exited");
        }
    }
}
