package io.github.lastcall;

import io.github.lastcall.internal.Quoted;
import java.util.Objects;

/**
 * A Unix signal: one of signal(7), or a real-time one. What each does to a process that has not arranged otherwise is
 * its default action. Immutable; two are equal if they are the same signal.
 *
 * <p>Not every system has all of them. Which it has not is refused when it is sent, with an {@link OsException}: on
 * macOS SIGSTKFLT, SIGPWR and the real-time ones.
 */
public final class UnixSignal {

    /** The first real-time signal for programs. The C library uses the two before it. */
    private static final int FIRST_REALTIME = 34;

    /** How many come after it. */
    private static final int MORE_REALTIME = 30;

    /** The constants, by their numbers from 1. Before them, because they put themselves here. */
    private static final UnixSignal[] NAMED = new UnixSignal[31];

    /**
     * Hangup of the controlling terminal; many daemons reload their configuration instead. Default: ends the process.
     */
    public static final UnixSignal SIGHUP = named(1, "SIGHUP");

    /** Interrupt from the keyboard, Ctrl-C. Default: ends the process. */
    public static final UnixSignal SIGINT = named(2, "SIGINT");

    /**
     * Quit from the keyboard; nginx and others finish the open requests first. Default: ends the process with a core
     * dump.
     */
    public static final UnixSignal SIGQUIT = named(3, "SIGQUIT");

    /** Illegal instruction. Default: ends the process with a core dump. */
    public static final UnixSignal SIGILL = named(4, "SIGILL");

    /** Trap for a debugger. Default: ends the process with a core dump. */
    public static final UnixSignal SIGTRAP = named(5, "SIGTRAP");

    /** Abort, as from abort(3). Default: ends the process with a core dump. */
    public static final UnixSignal SIGABRT = named(6, "SIGABRT");

    /** Bad memory access, such as beyond the end of a mapped file. Default: ends the process with a core dump. */
    public static final UnixSignal SIGBUS = named(7, "SIGBUS");

    /** Arithmetic error, such as a division by zero. Default: ends the process with a core dump. */
    public static final UnixSignal SIGFPE = named(8, "SIGFPE");

    /** Kill. It can be neither handled, blocked nor ignored, and is therefore no graceful phase. */
    public static final UnixSignal SIGKILL = named(9, "SIGKILL");

    /** For the program's own use. Default: ends the process. */
    public static final UnixSignal SIGUSR1 = named(10, "SIGUSR1");

    /** Invalid memory reference. Default: ends the process with a core dump. */
    public static final UnixSignal SIGSEGV = named(11, "SIGSEGV");

    /** For the program's own use. Default: ends the process. */
    public static final UnixSignal SIGUSR2 = named(12, "SIGUSR2");

    /** Write to a pipe that no process can read. Default: ends the process. */
    public static final UnixSignal SIGPIPE = named(13, "SIGPIPE");

    /** A timer of alarm(2) has run out. Default: ends the process. */
    public static final UnixSignal SIGALRM = named(14, "SIGALRM");

    /** The request to end, what kill(1) and service managers send. Default: ends the process. */
    public static final UnixSignal SIGTERM = named(15, "SIGTERM");

    /** Stack fault of a coprocessor; unused. Linux only. Default: ends the process. */
    public static final UnixSignal SIGSTKFLT = named(16, "SIGSTKFLT");

    /** A child has stopped or ended. Default: nothing. */
    public static final UnixSignal SIGCHLD = named(17, "SIGCHLD");

    /** Continues a stopped process. Default: nothing if it was not stopped. */
    public static final UnixSignal SIGCONT = named(18, "SIGCONT");

    /** Stops the process until {@link #SIGCONT}. It can be neither handled, blocked nor ignored. */
    public static final UnixSignal SIGSTOP = named(19, "SIGSTOP");

    /** Stop from the keyboard, Ctrl-Z. Default: stops the process until {@link #SIGCONT}. */
    public static final UnixSignal SIGTSTP = named(20, "SIGTSTP");

    /** Read from the terminal by a process in the background. Default: stops the process until {@link #SIGCONT}. */
    public static final UnixSignal SIGTTIN = named(21, "SIGTTIN");

    /** Write to the terminal by a process in the background. Default: stops the process until {@link #SIGCONT}. */
    public static final UnixSignal SIGTTOU = named(22, "SIGTTOU");

    /** Urgent data on a socket. Default: nothing. */
    public static final UnixSignal SIGURG = named(23, "SIGURG");

    /** The limit of processor time is exceeded, see setrlimit(2). Default: ends the process with a core dump. */
    public static final UnixSignal SIGXCPU = named(24, "SIGXCPU");

    /** The limit of a file's size is exceeded, see setrlimit(2). Default: ends the process with a core dump. */
    public static final UnixSignal SIGXFSZ = named(25, "SIGXFSZ");

    /** A timer of the process's own time has run out. Default: ends the process. */
    public static final UnixSignal SIGVTALRM = named(26, "SIGVTALRM");

    /** A timer for profiling has run out. Default: ends the process. */
    public static final UnixSignal SIGPROF = named(27, "SIGPROF");

    /** The terminal's window has changed its size. Default: nothing. */
    public static final UnixSignal SIGWINCH = named(28, "SIGWINCH");

    /** Input or output is possible. Default: ends the process. */
    public static final UnixSignal SIGIO = named(29, "SIGIO");

    /** Power failure; in a container, the request to shut down. Linux only. Default: ends the process. */
    public static final UnixSignal SIGPWR = named(30, "SIGPWR");

    /** Bad system call, as from a seccomp filter. Default: ends the process with a core dump. */
    public static final UnixSignal SIGSYS = named(31, "SIGSYS");

    private final int number;
    private final String name;

    private UnixSignal(int number, String name) {
        this.number = number;
        this.name = name;
    }

    private static UnixSignal named(int number, String name) {
        UnixSignal signal = new UnixSignal(number, name);
        NAMED[number - 1] = signal;
        return signal;
    }

    /**
     * Returns a real-time signal. Each program gives them its own meaning, as systemd does. Default:
     * ends the process. Linux only.
     *
     * @param n 0 for SIGRTMIN, up to 30 for SIGRTMAX
     * @return SIGRTMIN+n
     * @throws IllegalArgumentException n is less than 0 or more than 30; the message has it
     */
    public static UnixSignal realtime(int n) {
        if (n < 0 || n > MORE_REALTIME) {
            throw new IllegalArgumentException("SIGRTMIN+n has n from 0 to " + MORE_REALTIME + ", not " + n);
        }
        String name = n == MORE_REALTIME ? "SIGRTMAX" : "SIGRTMIN+" + n;
        return new UnixSignal(FIRST_REALTIME + n, n == 0 ? "SIGRTMIN" : name);
    }

    /**
     * Returns the signal of a name or a number, as kill(1) takes them:
     *
     * <ul>
     *   <li>a name of signal(7), with or without {@code SIG}, in upper or lower case: {@code SIGTERM}, {@code term};
     *       also the aliases SIGIOT, SIGCLD, SIGPOLL and SIGUNUSED, which become SIGABRT, SIGCHLD, SIGIO and SIGSYS,
     *   <li>a real-time signal counted from either end, the same way: {@code SIGRTMIN}, {@code SIGRTMIN+3}, {@code
     *       rtmax-2},
     *   <li>the number that it has on Linux, also elsewhere: {@code 15}. Not 0, nor 32 and 33, which are the C
     *       library's.
     * </ul>
     *
     * @param nameOrNumber the name or the number
     * @return the signal
     * @throws NullPointerException if it is null
     * @throws IllegalArgumentException if it is no signal; the message has it
     */
    public static UnixSignal of(String nameOrNumber) {
        Objects.requireNonNull(nameOrNumber, "nameOrNumber");
        UnixSignal signal = parsed(nameOrNumber);
        if (signal == null) {
            throw new IllegalArgumentException("not a signal: " + Quoted.of(nameOrNumber));
        }
        return signal;
    }

    // These return null where there is no such signal. Plain loops: every stop calls this, also the first one of a JVM.

    private static UnixSignal constant(String name) {
        for (UnixSignal signal : NAMED) {
            if (signal.name.equals(name)) {
                return signal;
            }
        }
        return null;
    }

    private static UnixSignal parsed(String text) {
        int number = number(text);
        if (number > 0 && number <= NAMED.length) {
            return NAMED[number - 1];
        }
        if (number >= 0) {
            return realtimeOrNull(number - FIRST_REALTIME);
        }
        UnixSignal exact = constant(text);
        return exact != null ? exact : inUpperCase(upperCase(text));
    }

    private static UnixSignal inUpperCase(String text) {
        String name = text.startsWith("SIG") ? text : "SIG" + text;
        return switch (name) {
            case "SIGIOT" -> SIGABRT;
            case "SIGCLD" -> SIGCHLD;
            case "SIGPOLL" -> SIGIO;
            case "SIGUNUSED" -> SIGSYS;
            case "SIGRTMIN" -> realtime(0);
            case "SIGRTMAX" -> realtime(MORE_REALTIME);
            default -> name.startsWith("SIGRTM") ? realtimeOrNull(offset(name)) : constant(name);
        };
    }

    private static UnixSignal realtimeOrNull(int n) {
        return n >= 0 && n <= MORE_REALTIME ? realtime(n) : null;
    }

    /** The n of SIGRTMIN+n, also of SIGRTMAX-m; -1: it is neither. */
    private static int offset(String name) {
        int number = number(name.substring(Math.min(name.length(), "SIGRTMIN+".length())));
        if (name.startsWith("SIGRTMIN+")) {
            return number;
        }
        return name.startsWith("SIGRTMAX-") && number >= 0 ? MORE_REALTIME - number : -1;
    }

    /** Returns the number, or -1 if no signal can have it. */
    private static int number(String text) {
        int number = text.isEmpty() || text.length() > 2 ? -1 : 0;
        for (int i = 0; i < text.length() && number >= 0; i++) {
            char digit = text.charAt(i);
            number = digit >= '0' && digit <= '9' ? 10 * number + digit - '0' : -1;
        }
        return number;
    }

    /** Converts only ASCII: other scripts have letters that become an I or an S. */
    private static String upperCase(String text) {
        char[] upper = text.toCharArray();
        for (int i = 0; i < upper.length; i++) {
            if (upper[i] >= 'a' && upper[i] <= 'z') {
                upper[i] = (char) (upper[i] - 'a' + 'A');
            }
        }
        return new String(upper);
    }

    /**
     * Returns the name.
     *
     * @return for example {@code SIGTERM} or {@code SIGRTMIN+3}; {@link #of} takes it
     */
    public String name() {
        return name;
    }

    /**
     * Returns the number that the signal has on Linux, on x86 and Arm. Other systems number some signals differently.
     *
     * @return for example 15
     */
    public int linuxNumber() {
        return number;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnixSignal that && number == that.number;
    }

    @Override
    public int hashCode() {
        return number;
    }

    /**
     * Returns the name.
     *
     * @return for example {@code SIGTERM}
     */
    @Override
    public String toString() {
        return name;
    }
}
