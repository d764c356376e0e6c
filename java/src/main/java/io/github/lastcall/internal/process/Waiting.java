package io.github.lastcall.internal.process;

import io.github.lastcall.internal.wait.Waiter;
import io.github.lastcall.internal.wait.Waiters;
import io.github.lastcall.internal.wait.Word;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The threads that wait for something of one process. Who changes what they wait for does that first and calls {@link
 * #wake} then; who waits enters first and looks then. So a change is either seen or followed by a wake-up.
 */
final class Waiting {

    private final Waiters waiters;

    /** Guards {@link #entered}. Nobody is woken while it is held. */
    private final Word word = new Word();

    private final List<Waiter> entered = new ArrayList<>(0);

    Waiting(Waiters waiters) {
        this.waiters = waiters;
    }

    /**
     * Returns what the calling thread waits with; {@link #leave} has to follow.
     *
     * @param hasSignalled whether it has just sent a signal to what it is going to wait for
     */
    Waiter enter(boolean hasSignalled) {
        Waiter waiter = waiters.take(hasSignalled);
        word.acquire();
        try {
            entered.add(waiter);
        } finally {
            word.release();
        }
        return waiter;
    }

    void leave(Waiter waiter) {
        word.acquire();
        entered.remove(waiter);
        word.release();
        waiters.give(waiter);
    }

    /** Wakes them all, but for the one that calls. */
    void wake(Optional<Waiter> self) {
        List<Waiter> woken = entered(self);
        for (int i = 0; i < woken.size(); i++) {
            if (self.isEmpty() || self.get() != woken.get(i)) {
                woken.get(i).wake();
            }
        }
    }

    private List<Waiter> entered(Optional<Waiter> self) {
        word.acquire();
        try {
            boolean selfAlone = self.isPresent() && entered.size() == 1 && entered.get(0) == self.get();
            return selfAlone ? List.of() : List.copyOf(entered);
        } finally {
            word.release();
        }
    }
}
