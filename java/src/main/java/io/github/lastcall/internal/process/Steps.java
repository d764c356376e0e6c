package io.github.lastcall.internal.process;

import io.github.lastcall.internal.stop.Stop;
import java.util.Optional;

/** The commands and calls that are phases of the stops of a process. Guarded by its word. */
final class Steps {

    /** That of the phase under way. */
    private Optional<Step> current = Optional.empty();

    /** How many commands have not ended. */
    private int commands;

    /** Whether a command may know the number of the leader, which is not reaped before it has ended. */
    boolean haveCommand() {
        return commands > 0;
    }

    /** Begins one once the word is left. */
    void begin(Step step, Todo todo) {
        cancel(todo);
        commands += step.isCommand() ? 1 : 0;
        current = Optional.of(step);
        todo.begin(step);
    }

    /** Takes in that one has ended; returns whether the stop waits for it. */
    boolean ended(Step step, Optional<Stop> stop) {
        commands -= step.isCommand() ? 1 : 0;
        boolean awaited = current.isPresent() && current.get() == step && isUnderWay(step, stop);
        if (awaited) {
            current = Optional.empty();
        }
        return awaited;
    }

    /** One ends with its phase. */
    void cancelIfOver(Optional<Stop> stop, Todo todo) {
        if (current.isPresent() && !isUnderWay(current.get(), stop)) {
            cancel(todo);
        }
    }

    private static boolean isUnderWay(Step step, Optional<Stop> stop) {
        return stop.isPresent() && stop.get().isHandedOver() && stop.get().phaseNumber() == step.phase();
    }

    /** Ends the one under way once the word is left. */
    void cancel(Todo todo) {
        if (current.isPresent()) {
            todo.cancel(current.get());
            current = Optional.empty();
        }
    }
}
