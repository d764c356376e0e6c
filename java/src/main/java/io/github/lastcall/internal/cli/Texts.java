package io.github.lastcall.internal.cli;

import io.github.lastcall.ManagedProcess;
import io.github.lastcall.UnixSignal;
import java.util.Optional;

/** The texts of {@code --help} and {@code --version}, and of messages. */
final class Texts {

    static final String HELP = """
            Usage: lastcall [OPTION] DURATION COMMAND [ARG]...
              or:  lastcall [OPTION] run [OPTION] [--] COMMAND [ARG]...
            Start COMMAND in its own process group, pass received signals on to it, and stop the whole group if it
            still runs after DURATION. With 'run' there is no DURATION.

            The options of timeout(1), with the same meaning:
              -f, --foreground         keep COMMAND in this process group and signal only COMMAND: for programs like
                                       top that need the terminal at once, and for pipelines
              -k, --kill-after=D       also send a KILL signal if COMMAND still runs this long after the first signal;
                                       without this option, lastcall waits for ever if COMMAND ignores the signal,
                                       and kills the rest of its group 3 seconds after the end of COMMAND
              -p, --preserve-status    exit with the status of COMMAND, even if it was stopped after DURATION
              -s, --signal=SIGNAL      the signal after DURATION: a name like 'HUP' or 'SIGRTMIN+1', or a number;
                                       TERM by default
              -v, --verbose            write to standard error which signals are sent, and the result of the stop
                  --help               print this and exit
                  --version            print the version and exit

            More:
                  --close-input=D      before any signal, close the standard input of COMMAND and wait this long;
                                       lastcall copies its own standard input to it through a pipe
                  --run=D:SCRIPT       before any signal, run a shell script that requests the end of COMMAND, and
                                       wait this long; the script gets the process id of COMMAND in LASTCALL_PID,
                                       and its standard output is discarded
                  --sigint=D           send an INT signal and wait this long, then continue with the next of these
                  --sigterm=D          options in the given order, and finally with a KILL signal; instead of --signal
                  --containment=KIND   which processes belong to COMMAND: its 'group' (the default), or also processes
                                       that have left the group, if they are 'marked' or in its 'cgroup'; 'strictest'
                                       uses the strictest that is available
                  --report=FORM        write the result of a stop as 'text' or as 'json', in one line; or 'none', the
                                       default without -v
                  --name=NAME          the name of COMMAND in these reports

            D and DURATION are numbers with 's' for seconds (the default), 'm' for minutes, 'h' for hours or 'd' for
            days. 0 means never for DURATION and --kill-after, and no wait for the others.

            A second Ctrl-C within two seconds of the first kills COMMAND.

            Exit status: 124 if COMMAND was stopped after DURATION, unless -p is given; 125 if lastcall itself fails;
            126 if COMMAND is found but cannot be run; 127 if it cannot be found; 137 if it had to be killed;
            otherwise the status of COMMAND.

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
