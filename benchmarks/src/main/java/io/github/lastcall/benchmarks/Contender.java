package io.github.lastcall.benchmarks;

import java.util.List;
import java.util.concurrent.Future;

/** A library that starts and stops processes, as its users use it. */
interface Contender {

    /** Starts a program with pipes for its three streams. */
    Child start(List<String> command) throws Exception;

    /** How the caller learns of an exit, or asks for it; not every contender knows every one. */
    enum Way {
        /** Asks and waits without limit. */
        WAIT,
        /** Asks and waits with a limit that is not reached. */
        TIMED_WAIT,
        /** Asks and takes the future of the exit. */
        FUTURE,
        /** One call that asks and waits. */
        STOP,
        /** As that, by a future. */
        STOP_ASYNC,
        /** One call for all that was started in a scope. */
        SCOPE
    }

    /** Opens a scope, for those who have any. */
    default Scope open() {
        throw new UnsupportedOperationException();
    }

    /** What is started here is stopped together. */
    interface Scope extends Contender {

        /** Returns once the caller has every exit. */
        void stopAll() throws Exception;
    }

    /** What a contender has started. Everything is called by one thread at a time. */
    interface Child {

        /** Asks it to end by SIGTERM, and does not wait. */
        void ask() throws Exception;

        /** Returns once the caller has the exit. */
        void await(Way way) throws Exception;

        /** A future of the exit. */
        default Future<?> exit() {
            throw new UnsupportedOperationException();
        }

        /** Asks it to end, and returns once the caller has the exit. */
        default void stop(Way way) throws Exception {
            ask();
            await(way);
        }

        /** Closes what is left of one that has exited. */
        default void dispose() throws Exception {}
    }
}
