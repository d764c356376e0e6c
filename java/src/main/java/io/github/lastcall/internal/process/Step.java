package io.github.lastcall.internal.process;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.stop.Action;
import io.github.lastcall.internal.stop.Event;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.wait.Word;
import java.io.IOException;
import java.lang.ref.Reference;
import java.util.Optional;

/**
 * A command or a call that is a phase of a stop. It runs on a thread of its own. At the end of the phase the stop
 * cancels it by an interrupt. It reports its result once, also when it was cancelled.
 *
 * <p>{@link #word} guards the thread, so that the interrupt cannot reach a later task of the same thread.
 */
final class Step {

    private final Action action;
    private final int phase;
    private final Word word = new Word();
    private Optional<Thread> runner = Optional.empty();
    private volatile boolean cancelled;

    /**
     * Creates a step that has not begun.
     *
     * @param phase the number of its phase
     */
    Step(Action action, int phase) {
        this.action = action;
        this.phase = phase;
    }

    int phase() {
        return phase;
    }

    boolean isCommand() {
        return action instanceof Action.Run;
    }

    /** Starts it on a thread. */
    void begin(Child child) {
        if (!child.services().threads().pool().tryExecute(() -> run(child))) {
            over(child, Event.SKIPPED, Optional.of(new IOException("no thread could be started for it")));
        }
    }

    /** Interrupts it, or prevents its start. Never blocks. */
    void cancel(Child child) {
        cancelled = true;
        if (isCommand()) {
            interrupt();
        } else {
            // An interrupt closes the channel that the user's code waits on, and that close may block.
            child.onPool(this::interrupt);
        }
    }

    private void interrupt() {
        word.acquire();
        try {
            if (runner.isPresent()) {
                runner.get().interrupt();
            }
        } finally {
            word.release();
        }
    }

    private void setRunner(Optional<Thread> thread) {
        word.acquire();
        runner = thread;
        word.release();
    }

    private void run(Child child) {
        Event event = Event.REFUSED;
        Optional<IOException> error = Optional.empty();
        setRunner(Optional.of(Thread.currentThread()));
        try {
            event = cancelled ? Event.SKIPPED : act(child);
            error = event == Event.SKIPPED
                    ? Optional.of(new IOException("the handle of the process is lost"))
                    : Optional.empty();
        } catch (IOException failed) {
            error = Optional.of(failed);
        } catch (Throwable failed) {
            error = Optional.of(new IOException(failed.toString(), failed));
        } finally {
            setRunner(Optional.empty());
            Thread.interrupted();
            over(child, event, error);
        }
    }

    private void over(Child child, Event event, Optional<IOException> error) {
        child.with(() -> child.state().stepOver(this, event, error));
    }

    private Event act(Child child) throws Exception {
        if (action instanceof Action.Run run) {
            runCommand(child, run);
            return Event.SENT;
        }
        Optional<Object> handle = child.owner();
        if (handle.isEmpty()) {
            return Event.SKIPPED;
        }
        call((Action.Call) action, handle.get());
        return Event.SENT;
    }

    /** The text is taken here, because it is users' code too, and the stop takes it while it holds the word. */
    private static void call(Action.Call call, Object handle) throws IOException {
        try {
            call.code().on(handle);
        } catch (Throwable ofUser) {
            throw new IOException(textOf(ofUser), ofUser);
        }
    }

    private static String textOf(Throwable ofUser) {
        try {
            return ofUser.toString();
        } catch (Throwable noText) {
            return ofUser.getClass().getName();
        }
    }

    /** Runs the command. Processes that it leaves behind in its group are killed. */
    private void runCommand(Child child, Action.Run run) throws IOException, InterruptedException {
        Child command = child.commands().start(run.command(), child.pid(), this);
        Optional<ExitStatus> status = Optional.empty();
        try {
            status = cancelled ? Optional.empty() : command.awaitExit(Deadline.NEVER);
        } finally {
            Outcome end = command.killThroughInterrupts();
            command.arm(end.status().isEmpty());
            if (end.status().isEmpty()) {
                Log.error(command, () -> "a command of a stop that could not be stopped", null);
            }
            Reference.reachabilityFence(this);
        }
        if (status.isEmpty()) {
            throw new InterruptedException();
        }
        if (!status.get().success()) {
            throw new IOException(status.get().toString());
        }
    }
}
