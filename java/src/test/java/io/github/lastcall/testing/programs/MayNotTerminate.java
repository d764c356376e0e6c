package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.TerminationAttempt;
import io.github.lastcall.TerminationException;
import io.github.lastcall.testing.Programs;
import java.time.Duration;

/** Starts the command in its arguments, awaits "ready", prints the result of stopping it, and leaves it running. */
public final class MayNotTerminate {

    private MayNotTerminate() {}

    /** Runs. */
    public static void main(String[] command) throws Exception {
        ManagedProcess process = ManagedProcess.builder(command).start();
        System.out.println("pid " + process.pid());
        String line = Programs.readLine(process.getInputStream());
        System.out.println("child " + line);
        if (!line.equals("ready")) {
            return;
        }
        try {
            process.sendTerminate();
            System.out.println("sent");
        } catch (TerminationException e) {
            print(e);
        }
        try {
            System.out.println(process.terminate(GracefulShutdown.builder()
                    .unixSigterm(Duration.ofMinutes(10))
                    .windowsCtrlBreak(Duration.ZERO)
                    .build()));
        } catch (TerminationException e) {
            print(e);
        }
        System.out.println("armed " + process.isArmed());
        process.mustNotBeTerminated();
    }

    private static void print(TerminationException e) {
        System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
        for (TerminationAttempt attempt : e.attempts()) {
            System.out.println("attempt " + attempt.action() + ": "
                    + attempt.error().map(Throwable::getMessage).orElse("ok"));
        }
    }
}
