package io.github.lastcall;

import java.io.IOException;
import java.io.Serial;
import java.util.Objects;

/**
 * The OS refused a call: which, with what error, by name and by number. The message reads
 * {@code EPERM (1) in pidfd_send_signal}.
 */
public final class OsException extends IOException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** The OS's number. */
    private final int code;
    /** Its name. */
    private final String symbol;
    /** The call. */
    private final String call;

    /**
     * Creates the exception.
     *
     * @param code the OS's number of the error: an {@code errno} on Unix, a system error code on Windows
     * @param symbol its name, such as {@code EPERM} or {@code ERROR_ACCESS_DENIED}; empty if there is none
     * @param call the call, such as {@code pidfd_send_signal}; empty if there was none
     * @throws NullPointerException if an argument is null
     */
    public OsException(int code, String symbol, String call) {
        super(message(code, Objects.requireNonNull(symbol, "symbol"), Objects.requireNonNull(call, "call")));
        this.code = code;
        this.symbol = symbol;
        this.call = call;
    }

    private static String message(int code, String symbol, String call) {
        String error = symbol.isEmpty() ? "error " + code : symbol + " (" + code + ")";
        return call.isEmpty() ? error : error + " in " + call;
    }

    /**
     * Returns the OS's number of the error.
     *
     * @return for example 1
     */
    public int code() {
        return code;
    }

    /**
     * Returns the name of the error.
     *
     * @return for example {@code EPERM}; empty if it has no known name
     */
    public String symbol() {
        return symbol;
    }

    /**
     * Returns the call that failed.
     *
     * @return for example {@code pidfd_send_signal}; empty if the error is no call's
     */
    public String call() {
        return call;
    }
}
