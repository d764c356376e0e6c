package io.github.lastcall.benchmarks;

import java.util.List;
import java.util.concurrent.Future;

/** A library that starts and stops processes, used as its users use it. */
interface Contender {

    /** Starts a program with pipes for its three streams. */
    Child start(List<String> command) throws Exception;

    /** How the caller requests an exit and waits for it. Not every contender supports every way. */
    enum Way {
        /** Sends SIGTERM and waits without limit. */
        WAIT,
        /** Sends SIGTERM and waits with a limit that is not reached. */
        TIMED_WAIT,
        /** Sends SIGTERM and takes the future of the exit. */
        FUTURE,
        /** One call that stops and waits. */
        STOP,
        /** The same with a future. */
        STOP_ASYNC,
        /** One call for all children of a scope. */
        SCOPE
    }

    /** Opens a scope, if the contender has scopes. */
    default Scope open() {
        throw new UnsupportedOperationException();
    }

    /** Starts children that are stopped together. */
    interface Scope extends Contender {

        /** Stops all. Returns when the caller has seen every exit. */
        void stopAll() throws Exception;
    }

    /** A process that a contender has started. Used by one thread at a time. */
    interface Child {

        /** Sends SIGTERM and does not wait. */
        void ask() throws Exception;

        /** Returns when the caller has seen the exit. */
        void await(Way way) throws Exception;

        /** A future of the exit. */
        default Future<?> exit() {
            throw new UnsupportedOperationException();
        }

        /** Stops it. Returns when the caller has seen the exit. */
        default void stop(Way way) throws Exception {
            ask();
            await(way);
        }

        /** Closes what is left after the exit. */
        default void dispose() throws Exception {}
    }
}
