package io.github.lastcall.internal.process;

import io.github.lastcall.internal.wait.Waiter;
import io.github.lastcall.internal.wait.Waiters;
import io.github.lastcall.internal.wait.Word;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The threads that wait for a change of one process. A thread that makes a change makes it first and then calls {@link
 * #wake}; a thread that waits enters first and then looks. So each change is seen or followed by a wake-up.
 */
final class Waiting {

    private final Waiters waiters;

    /** Guards {@link #entered}. No thread is woken while it is held. */
    private final Word word = new Word();

    private final List<Waiter> entered = new ArrayList<>(0);

    Waiting(Waiters waiters) {
        this.waiters = waiters;
    }

    /**
     * Adds the calling thread and returns its waiter; {@link #leave} has to follow.
     *
     * @param hasSignalled whether the thread has just sent a signal to the process
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

    /** Wakes all of them except the caller. */
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
