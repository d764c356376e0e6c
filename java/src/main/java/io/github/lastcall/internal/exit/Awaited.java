package io.github.lastcall.internal.exit;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a thread waits for, beside its wake-up and the time.
 *
 * @param process whose exit, empty: nobody's
 * @param pipe a pipe that is to be ready, -1: none
 * @param events {@link OsPort#READABLE} or {@link OsPort#WRITABLE}
 * @param members the exit of all of them; then there is nothing else
 */
public record Awaited(Optional<NativeProcess> process, long pipe, int events, List<Member> members) {

    /** Nothing: a sleep. */
    static final Awaited NOTHING = new Awaited(Optional.empty(), -1, 0, List.of());

    /** The exit of a process. */
    static Awaited exit(NativeProcess process) {
        return new Awaited(Optional.of(process), -1, 0, List.of());
    }

    /** The exit of a process, or room in a pipe (-1: there is none). */
    static Awaited exitOrRoom(NativeProcess process, long pipe) {
        return new Awaited(Optional.of(process), pipe, pipe < 0 ? 0 : OsPort.WRITABLE, List.of());
    }

    /** A pipe that can be read or written. */
    public static Awaited pipe(long pipe, int events) {
        return new Awaited(Optional.empty(), pipe, events, List.of());
    }

    /** The exit of all of these, of which there is at least one. */
    static Awaited exits(List<Member> members) {
        return new Awaited(Optional.empty(), -1, 0, members);
    }

    /** Waits in the OS; blocks the calling thread for that time. */
    int await(OsPort os, long cancel, long timeoutNanos) throws OsException {
        return members.isEmpty()
                ? os.await(process, cancel, pipe, events, timeoutNanos)
                : os.awaitMembers(members, cancel, timeoutNanos);
    }

    /** What to wait for in turn: members one after the other, as the last exit is no earlier that way and no later. */
    List<Awaited> inTurn() {
        return members.size() < 2
                ? List.of(this)
                : members.stream().map(member -> exits(List.of(member))).toList();
    }

    /** What to watch, if there is no more than one member. */
    List<Watched> watched() {
        List<Watched> all = new ArrayList<>(2);
        process.ifPresent(leader -> all.add(Watched.exit(leader)));
        members.forEach(member -> all.add(Watched.exit(new NativeProcess(member.pid(), 0, member.handle()))));
        if (pipe >= 0) {
            all.add(new Watched(Optional.empty(), pipe, events));
        }
        return all;
    }
}
