package io.github.lastcall.internal.os;

import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.ffi.generated.LastcallNative;
import java.util.Optional;

/** The contract's numbers of the signals. */
public final class Signals {

    private Signals() {}

    /** The number of a signal. */
    public static int number(UnixSignal signal) {
        return switch (signal) {
            case SIGHUP -> LastcallNative.LC_SIGHUP();
            case SIGINT -> LastcallNative.LC_SIGINT();
            case SIGQUIT -> LastcallNative.LC_SIGQUIT();
            case SIGABRT -> LastcallNative.LC_SIGABRT();
            case SIGKILL -> LastcallNative.LC_SIGKILL();
            case SIGUSR1 -> LastcallNative.LC_SIGUSR1();
            case SIGUSR2 -> LastcallNative.LC_SIGUSR2();
            case SIGALRM -> LastcallNative.LC_SIGALRM();
            case SIGTERM -> LastcallNative.LC_SIGTERM();
            case SIGCONT -> LastcallNative.LC_SIGCONT();
            case SIGSTOP -> LastcallNative.LC_SIGSTOP();
            case SIGTSTP -> LastcallNative.LC_SIGTSTP();
            case SIGWINCH -> LastcallNative.LC_SIGWINCH();
        };
    }

    static Optional<UnixSignal> named(int number) {
        for (UnixSignal signal : UnixSignal.values()) {
            if (number(signal) == number) {
                return Optional.of(signal);
            }
        }
        return Optional.empty();
    }
}
