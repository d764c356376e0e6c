package io.github.lastcall.internal.process;

import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.Signals;
import io.github.lastcall.internal.stop.LiveProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Explains why processes still run after a signal. */
final class Notes {

    /** The most lines in one report: a group can have hundreds of members. */
    private static final int MOST_NOTES = 20;

    private Notes() {}

    /** Names members that have outlived the leader. */
    static String names(List<LiveProcess> members) {
        return members.isEmpty()
                ? "processes that cannot be seen in /proc"
                : members.stream().map(LiveProcess::toString).collect(Collectors.joining(", "));
    }

    static List<String> notes(UnixSignal signal, List<Member> members) {
        List<String> notes = members.stream().flatMap(member -> notes(signal, member)).toList();
        if (notes.size() <= MOST_NOTES) {
            return notes;
        }
        List<String> first = new ArrayList<>(notes.subList(0, MOST_NOTES));
        first.add("and " + (notes.size() - MOST_NOTES) + " more");
        return first;
    }

    /** Names descendants that run outside of the group, where the signals do not reach them. */
    static Stream<String> outOfReach(List<Member> members, List<ProcessHandle> descendants) {
        Set<Long> pids = members.stream().map(Member::pid).collect(Collectors.toSet());
        return descendants.stream()
                .filter(descendant -> !pids.contains(descendant.pid()) && descendant.isAlive())
                // A process without a command is a zombie.
                .flatMap(descendant -> descendant.info().command().stream()
                        .map(command -> descendant.pid() + " (" + command + ") has left the group and is out of reach"))
                .limit(MOST_NOTES);
    }

    private static Stream<String> notes(UnixSignal signal, Member member) {
        return Stream.concat(
                member.signals().stream().flatMap(state -> disposition(signal, state)).map(how -> signal + how + member),
                state(member.state()).map(state -> member + state));
    }

    private static Stream<String> disposition(UnixSignal signal, Member.SignalState state) {
        long bit = 1L << (Signals.number(signal) - 1);
        if (state.refused()) {
            return Stream.of(" may not be sent to ");
        }
        if ((state.ignored() & bit) != 0) {
            return Stream.of(" is ignored by ");
        }
        if ((state.blocked() & bit) != 0) {
            return Stream.of(" is blocked by ");
        }
        return (state.caught() & bit) != 0 ? Stream.of(" is caught by ") : Stream.empty();
    }

    private static Stream<String> state(char state) {
        return switch (state) {
            case 'T' -> Stream.of(" is stopped");
            case 't' -> Stream.of(" is stopped by a tracer");
            case 'D' -> Stream.of(" is in uninterruptible sleep");
            default -> Stream.empty();
        };
    }
}
