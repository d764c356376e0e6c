package io.github.lastcall;

/**
 * The Unix signals that Lastcall knows by name. What each does to a process that has not arranged otherwise is its
 * default action, from signal(7).
 */
public enum UnixSignal {

    /**
     * Hangup of the controlling terminal; many daemons reload their configuration instead. Default: ends the process.
     */
    SIGHUP,

    /** Interrupt from the keyboard, Ctrl-C. Default: ends the process. */
    SIGINT,

    /**
     * Quit from the keyboard; nginx and others finish the open requests first. Default: ends the process with a core
     * dump.
     */
    SIGQUIT,

    /** Abort, as from abort(3). Default: ends the process with a core dump. */
    SIGABRT,

    /** Kill. It can be neither handled, blocked nor ignored, and is therefore no graceful phase. */
    SIGKILL,

    /** For the program's own use. Default: ends the process. */
    SIGUSR1,

    /** For the program's own use. Default: ends the process. */
    SIGUSR2,

    /** A timer of alarm(2) has run out. Default: ends the process. */
    SIGALRM,

    /** The request to end, what kill(1) and service managers send. Default: ends the process. */
    SIGTERM,

    /** Continues a stopped process. Default: nothing if it was not stopped. */
    SIGCONT,

    /** Stops the process until {@link #SIGCONT}. It can be neither handled, blocked nor ignored. */
    SIGSTOP,

    /** Stop from the keyboard, Ctrl-Z. Default: stops the process until {@link #SIGCONT}. */
    SIGTSTP,

    /** The terminal's window has changed its size. Default: nothing. */
    SIGWINCH
}
