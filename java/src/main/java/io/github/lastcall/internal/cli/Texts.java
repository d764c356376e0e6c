package io.github.lastcall.internal.cli;

import io.github.lastcall.ManagedProcess;
import io.github.lastcall.UnixSignal;
import java.util.Optional;

/** The texts of {@code --help} and {@code --version}, and of messages. */
final class Texts {

    static final String HELP = """
            Usage: lastcall [OPTION] DURATION COMMAND [ARG]...
              or:  lastcall [OPTION] run [OPTION] [--] COMMAND [ARG]...
            Start COMMAND in a process group of its own, pass on the signals that arrive here, and stop the whole
            group if it still runs after DURATION. With 'run' there is no DURATION.

            The options of timeout(1), with the same meaning:
              -f, --foreground         leave COMMAND in this process group and signal it alone: for programs like top,
                                       which want the terminal before they have asked for it, and in a pipeline
              -k, --kill-after=D       also send a KILL signal if COMMAND still runs this long after the first signal;
                                       without it there is no end to the wait for a COMMAND that ignores the signal,
                                       and what is left of its group when it has gone is killed after 3 seconds
              -p, --preserve-status    exit with the status of COMMAND, also when it was stopped after DURATION
              -s, --signal=SIGNAL      what to send after DURATION: a name like 'HUP' or 'SIGRTMIN+1', or a number;
                                       TERM by default
              -v, --verbose            say on standard error which signals are sent, and what came of the stop
                  --help               print this and exit
                  --version            print the version and exit

            More:
                  --close-input=D      before any signal: close the standard input of COMMAND, which is then a pipe
                                       that is fed from that of lastcall, and wait this long
                  --run=D:SCRIPT       the same with a script of the shell that asks COMMAND, whose process id is in
                                       LASTCALL_PID, to end; what it writes to standard output is dropped
                  --sigint=D           send an INT signal and wait this long, then go on to the next of these options in
                  --sigterm=D          the order given, and at last to a KILL signal; in place of --signal
                  --containment=KIND   who belongs to COMMAND: its 'group', which is the default; also who has left it
                                       and is 'marked' or in its 'cgroup', or the 'strictest' that can be had
                  --report=FORM        say what came of a stop as 'text' or as 'json', in one line; or 'none', which
                                       is the default without -v
                  --name=NAME          what to call COMMAND in these reports

            D and DURATION are numbers with 's' for seconds (the default), 'm' for minutes, 'h' for hours or 'd' for
            days. 0 means never for DURATION and --kill-after, and no wait for the others.

            A second Ctrl-C within two seconds of the first kills COMMAND.

            Exit status: 124 if COMMAND was stopped after DURATION, unless -p is given; 125 if lastcall itself fails;
            126 if COMMAND is found and cannot be run; 127 if it cannot be found; 137 if it had to be killed; else the
            status of COMMAND.

            --kill-after is recommended: without it, COMMAND can ignore the signal.
            """;

    private static final String ESCAPED = "\u0007\b\t\n\u000b\f\r'\\";
    private static final String ESCAPES = "abtnvfr'\\";
    private static final char DELETE = 0x7f;

    private static final int FROM_THE_END = 15;

    private Texts() {}

    /**
     * Quotes an argument for a message, like coreutils: control characters are escaped. Characters outside of ASCII are
     * not changed, in every locale.
     */
    static String quoted(String argument) {
        StringBuilder quoted = new StringBuilder("'");
        for (char c : argument.toCharArray()) {
            int escape = ESCAPED.indexOf(c);
            if (escape >= 0) {
                quoted.append('\\').append(ESCAPES.charAt(escape));
            } else if (c < ' ' || c == DELETE) {
                quoted.append('\\').append(c >> 6).append(c >> 3 & 7).append(c & 7);
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('\'').toString();
    }

    /** The name as coreutils' kill(1) lists it: the upper half of the real-time signals counts from the end. */
    static String signal(UnixSignal signal) {
        int fromEnd = UnixSignal.of("RTMAX").linuxNumber() - signal.linuxNumber();
        if (fromEnd > 0 && fromEnd < FROM_THE_END) {
            return "RTMAX-" + fromEnd;
        }
        return signal.equals(UnixSignal.SIGIO) ? "POLL" : signal.name().substring("SIG".length());
    }

    /** The version in the manifest of the jar. */
    static String version() {
        return "lastcall " + Optional.ofNullable(ManagedProcess.class.getPackage().getImplementationVersion())
                .orElse("(not from a jar)") + "\n";
    }
}
