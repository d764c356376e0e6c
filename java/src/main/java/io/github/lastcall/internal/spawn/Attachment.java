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
import java.util.Set;

/** Attaches to a running process. Used by one thread. */
public final class Attachment {

    /** The error of Linux for a process that exits during the attach. */
    private static final int ESRCH = 3;

    /** The names of that error on Linux and on Windows. */
    private static final Set<String> NOBODY = Set.of("ESRCH", "ERROR_INVALID_PARAMETER");

    private final Guard guard = Guard.current();
    private final long pid;
    private final Optional<ProcessHandle> before;
    private final Child child;

    /**
     * Prepares to attach to a pid.
     *
     * @throws OsException no descriptor for what all processes share
     * @throws IllegalArgumentException the pid is invalid, is that of this JVM, or is that of a child of this library
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
        if (pid < 1) {
            throw new IllegalArgumentException("not the pid of a process: " + pid);
        }
        if (pid == 1 || pid == ProcessHandle.current().pid()) {
            throw new IllegalArgumentException("process " + pid + (pid == 1 ? " is init" : " is this JVM"));
        }
        Optional<Child> own = guard.running(pid);
        if (own.isPresent()) {
            throw new IllegalArgumentException(
                    "process " + own.get().subject() + " was started by Lastcall: use its ManagedProcess");
        }
    }

    /** Returns the file name of the program, never an argument. It may not be known for processes of other users. */
    private static String nameOf(Optional<ProcessHandle> handle) {
        return handle.flatMap(known -> known.info().command())
                .map(command -> String.valueOf(Path.of(command).getFileName()))
                .orElse("process");
    }

    /** The process to attach to. */
    public Child child() {
        return child;
    }

    /**
     * Attaches. The start time of the process is compared before and after its handle is opened. If it is the same, the
     * handle belongs to that process.
     *
     * @param handle the user's handle; when it is unreachable the process is let go
     */
    public void attach(Object handle) throws OsException {
        guard.beginStart(child, handle);
        try {
            child.attach(pid);
        } catch (OsException e) {
            throw NOBODY.contains(e.symbol()) ? notThere() : e;
        } finally {
            guard.endStart(child);
        }
        if (!isThere()) {
            child.leaveGroup();
            throw notThere();
        }
    }

    private boolean isThere() {
        return before.isPresent() && before.get().isAlive();
    }

    /** A group is found by its leader, so the OS says the same of a process that leads none. */
    private OsException notThere() {
        String why = isThere() ? " leads no process group" : before.isPresent() ? " has exited" : " does not exist";
        return new OsException(ESRCH, "ESRCH", "", "process " + pid + why);
    }
}
