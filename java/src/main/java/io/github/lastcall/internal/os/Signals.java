package io.github.lastcall.internal.os;

import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.os.generated.LastcallNative;
import java.util.Optional;

/** The signal numbers of the contract, which are those of Linux. */
public final class Signals {

    /** Not a signal: CTRL_BREAK_EVENT, on Windows. */
    public static final int CTRL_BREAK = LastcallNative.LC_EVENT_CTRL_BREAK;

    /** The signal that ends most processes that are stopped. */
    private static final Optional<UnixSignal> SIGTERM = Optional.of(UnixSignal.SIGTERM);

    private static final Optional<UnixSignal> SIGKILL = Optional.of(UnixSignal.SIGKILL);

    private Signals() {}

    /** The number of a signal. */
    public static int number(UnixSignal signal) {
        return signal.linuxNumber();
    }

    /** The signal with this number; empty: it has no name. */
    static Optional<UnixSignal> named(int number) {
        if (number == LastcallNative.LC_SIGTERM || number == LastcallNative.LC_SIGKILL) {
            return number == LastcallNative.LC_SIGTERM ? SIGTERM : SIGKILL;
        }
        boolean known = number >= 1 && number <= LastcallNative.LC_SIGSYS
                || number >= LastcallNative.LC_SIGRTMIN && number <= LastcallNative.LC_SIGRTMAX;
        return known ? Optional.of(UnixSignal.of(Integer.toString(number))) : Optional.empty();
    }
}
