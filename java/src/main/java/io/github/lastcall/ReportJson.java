package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.Quoted;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Writes a report as JSON. Its content is documented at {@link TerminationReport#toJson()}, and is kept stable. */
final class ReportJson {

    private ReportJson() {}

    static String of(TerminationReport report) {
        return object(
                "processName", text(report.processName()),
                "pid", number(report.pid()),
                "exitStatus", status(report.exitStatus()),
                "forced", bool(report.forced()),
                "endedBy", text(report.endedBy()),
                "elapsedNanos", nanos(report.elapsed()),
                "attempts", array(report.attempts().stream().map(ReportJson::attempt).toList()),
                "stragglers", array(report.stragglers().stream().map(ReportJson::survivor).toList()),
                "escaped", array(report.escaped().stream().map(ReportJson::survivor).toList()));
    }

    private static String status(ExitStatus status) {
        return switch (status) {
            case ExitStatus.Exited exited -> object("kind", text("exited"), "code", number(exited.code()));
            case ExitStatus.Signaled signaled -> object(
                    "kind", text("signaled"),
                    "signal", number(signaled.signal()),
                    "name", text(signaled.name().map(UnixSignal::name)),
                    "coreDumped", bool(signaled.coreDumped()));
            case ExitStatus.Unknown unknown -> object("kind", text("unknown"), "reason", text(unknown.reason()));
        };
    }

    private static String attempt(TerminationAttempt attempt) {
        return object(
                "action", action(attempt.action()),
                "afterNanos", nanos(attempt.after()),
                "tookNanos", nanos(attempt.took()),
                "error", attempt.error().map(ReportJson::error).orElse("null"),
                "notes", array(attempt.notes().stream().map(Quoted::json).toList()));
    }

    private static String action(TerminationAction action) {
        return switch (action) {
            case TerminationAction.CheckStatus check -> object("kind", text("checkStatus"));
            case TerminationAction.SendSignal send -> object(
                    "kind", text("sendSignal"), "signal", text(send.signalName()));
            case TerminationAction.WaitForExit wait -> object(
                    "kind", text("waitForExit"), "limitNanos", limit(wait.limit()));
            case TerminationAction.CloseInput close -> object("kind", text("closeInput"));
            case TerminationAction.RunCommand run -> object(
                    "kind", text("runCommand"), "program", text(run.program()));
            case TerminationAction.Call call -> object("kind", text("call"), "name", text(call.name()));
            case TerminationAction.Skipped skipped -> object(
                    "kind", text("skipped"), "reason", text(skipped.reason()));
            default -> object("kind", text("other"), "text", text(action.toString()));
        };
    }

    private static String error(IOException error) {
        Optional<OsException> os = error instanceof OsException refused ? Optional.of(refused) : Optional.empty();
        return object(
                "message", text(TerminationAttempt.words(error)),
                "code", os.map(refused -> number(refused.code())).orElse("null"),
                "symbol", text(os.map(OsException::symbol)),
                "call", text(os.map(OsException::call)),
                "text", text(os.map(OsException::text)));
    }

    private static String survivor(Survivor survivor) {
        return object(
                "pid", number(survivor.pid()),
                "command", text(survivor.command()),
                "state", text(Character.toString(survivor.state())));
    }

    /** Returns an object of alternating names and values. The values are JSON already. */
    private static String object(String... namesAndValues) {
        StringBuilder object = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.append(i == 0 ? "{" : ",").append(text(namesAndValues[i]));
            object.append(':').append(namesAndValues[i + 1]);
        }
        return object.append('}').toString();
    }

    private static String array(List<String> values) {
        return "[" + String.join(",", values) + "]";
    }

    private static String text(Optional<String> value) {
        return value.map(Quoted::json).orElse("null");
    }

    private static String text(String value) {
        return Quoted.json(value);
    }

    private static String number(long value) {
        return Long.toString(value);
    }

    private static String bool(boolean value) {
        return Boolean.toString(value);
    }

    private static String nanos(Duration duration) {
        return number(Durations.nanos(duration));
    }

    private static String limit(Duration limit) {
        return limit.compareTo(Durations.FOR_EVER) >= 0 ? "null" : nanos(limit);
    }
}
