package io.github.lastcall.internal.jfr;

import java.util.List;
import java.util.stream.Collectors;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A stop is over. Without a stack trace: any thread can see the end. */
@Name("io.github.lastcall.Stop")
@Label("Process Stopped")
@Category("Lastcall")
@Description("A process was stopped by Lastcall, could not be, or the stop was withdrawn")
@StackTrace(false)
final class StopEvent extends Event implements BegunStop {

    @Label("Name")
    String name;

    @Label("Process Identifier")
    long pid;

    @Label("Exit Status")
    @Description("How it ended, else \"could not be stopped\" or \"withdrawn\"")
    String exitStatus;

    @Label("Forced")
    @Description("Whether it was killed because the graceful phases were not enough")
    boolean forced;

    @Label("Ended By")
    @Description("The last signal or step before it ended")
    String endedBy;

    @Label("Elapsed")
    @Timespan(Timespan.NANOSECONDS)
    long elapsed;

    @Label("Attempts")
    @Description("What was tried, a line each")
    String attempts;

    static BegunStop begun() {
        StopEvent event = new StopEvent();
        event.begin();
        return event;
    }

    @Override
    public void end(
            String name,
            long pid,
            Object exitStatus,
            boolean forced,
            String endedBy,
            long elapsedNanos,
            List<?> attempts) {
        end();
        if (shouldCommit()) {
            this.name = name;
            this.pid = pid;
            this.exitStatus = exitStatus.toString();
            this.forced = forced;
            this.endedBy = endedBy;
            this.elapsed = elapsedNanos;
            this.attempts = attempts.stream().map(Object::toString).collect(Collectors.joining("\n"));
            commit();
        }
    }
}
