package io.github.lastcall.internal.os;

import io.github.lastcall.OsException;
import io.github.lastcall.UnixSignal;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Sends an event to a group on Windows that has a console of its own, as the children of a JVM without a console do: by
 * event.exe (native/src/windows/event.c), because a program can send events only through the console that it has.
 */
final class EventProgram {

    /** How long it may take: 1 s. It usually takes milliseconds. */
    private static final long LIMIT_NANOS = 1_000_000_000;

    private static final String ALL_GROUPS = "0";

    private static final String CTRL_BREAK_EVENT = "1";

    private static final String SYSTEM_ROOT = "SystemRoot";

    private final OsPort os;
    private final Path program;

    EventProgram(OsPort os, Path program) {
        this.os = os;
        this.program = program;
    }

    /**
     * Sends CTRL_BREAK_EVENT to the console of the first member that has one, and so to all of its programs.
     *
     * @param members the members of the group; their handles stay open meanwhile, so that no pid is reused
     */
    NativeProcess.Sent sendBreak(List<Member> members) throws OsException {
        long end = System.nanoTime() + LIMIT_NANOS;
        for (Member member : members) {
            long left = end - System.nanoTime();
            if (left > 0 && sent(member.pid(), left)) {
                return NativeProcess.Sent.YES;
            }
        }
        return members.isEmpty() ? NativeProcess.Sent.NOBODY : NativeProcess.Sent.UNSUPPORTED;
    }

    private boolean sent(long pid, long limitNanos) throws OsException {
        NativeProcess sender = start(pid);
        try {
            boolean inTime = (os.await(Optional.of(sender), -1, -1, 0, limitNanos) & OsPort.EXITED) != 0;
            act(sender, inTime ? NativeProcess.REAP : NativeProcess.SIGNAL);
            return inTime && sender.exit() == Exit.ENDED && sender.status().success();
        } finally {
            act(sender, NativeProcess.REAP | NativeProcess.PROBE | NativeProcess.RELEASE);
        }
    }

    private void act(NativeProcess sender, int act) {
        sender.request(act, Scope.LEADER, Signals.number(UnixSignal.SIGKILL));
        os.act(sender);
    }

    /** The program is in no job, so that it is not a member, and gets only the environment that every program needs. */
    private NativeProcess start(long pid) throws OsException {
        List<String> command = List.of(program.toString(), Long.toString(pid), ALL_GROUPS, CTRL_BREAK_EVENT);
        String root = System.getenv(SYSTEM_ROOT);
        List<byte[]> environment = root == null ? List.of() : List.of(Family.bytes(SYSTEM_ROOT + "=" + root));
        NativeProcess sender = new NativeProcess();
        try {
            os.start(new SpawnRequest(
                    List.of(Family.bytes(program.toString())),
                    Family.bytes(command),
                    new EnvironmentBlock(environment),
                    Optional.empty(),
                    SpawnRequest.INHERIT,
                    SpawnRequest.INHERIT,
                    SpawnRequest.INHERIT,
                    false,
                    Optional.empty(),
                    0), sender);
            return sender;
        } catch (SpawnFailure e) {
            throw e.osError();
        }
    }
}
