package io.github.lastcall.internal.process;

import io.github.lastcall.internal.stop.Stop;
import java.util.Optional;

/** The steps (commands and calls) of the stops of one process. Guarded by its word. */
final class Steps {

    /** The step of the current phase. */
    private Optional<Step> current = Optional.empty();

    /** How many commands still run. */
    private int commands;

    /** Whether a command runs. It knows the pid of the leader, which therefore must not be reaped before. */
    boolean haveCommand() {
        return commands > 0;
    }

    /** Begins a step when the word is left. */
    void begin(Step step, Todo todo) {
        cancel(todo);
        commands += step.isCommand() ? 1 : 0;
        current = Optional.of(step);
        todo.begin(step);
    }

    /** Records the end of a step. Returns whether the stop waits for it. */
    boolean ended(Step step, Optional<Stop> stop) {
        commands -= step.isCommand() ? 1 : 0;
        boolean awaited = current.isPresent() && current.get() == step && isUnderWay(step, stop);
        if (awaited) {
            current = Optional.empty();
        }
        return awaited;
    }

    /** Cancels the step if its phase is over. */
    void cancelIfOver(Optional<Stop> stop, Todo todo) {
        if (current.isPresent() && !isUnderWay(current.get(), stop)) {
            cancel(todo);
        }
    }

    private static boolean isUnderWay(Step step, Optional<Stop> stop) {
        return stop.isPresent() && stop.get().isHandedOver() && stop.get().phaseNumber() == step.phase();
    }

    /** Cancels the current step when the word is left. */
    void cancel(Todo todo) {
        if (current.isPresent()) {
            todo.cancel(current.get());
            current = Optional.empty();
        }
    }
}
