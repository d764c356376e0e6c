package io.github.lastcall;

import java.io.IOException;
import java.io.Serial;
import java.util.Objects;

/**
 * The OS refused a call: which, with what error, by name, by number and in the OS's words. The message reads
 * {@code EPERM (1) in pidfd_send_signal: Operation not permitted}.
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
    /** The error in words. */
    private final String text;

    /**
     * Creates the exception of an error that the OS has no words for.
     *
     * @param code the OS's number of the error: an {@code errno} on Unix, a system error code on Windows
     * @param symbol its name, such as {@code EPERM} or {@code ERROR_ACCESS_DENIED}; empty if there is none
     * @param call the call, such as {@code pidfd_send_signal}; empty if there was none
     * @throws NullPointerException if an argument is null
     */
    public OsException(int code, String symbol, String call) {
        this(code, symbol, call, "");
    }

    /**
     * Creates the exception.
     *
     * @param code the OS's number of the error: an {@code errno} on Unix, a system error code on Windows
     * @param symbol its name, such as {@code EPERM} or {@code ERROR_ACCESS_DENIED}; empty if there is none
     * @param call the call, such as {@code pidfd_send_signal}; empty if there was none
     * @param text what the error means, such as {@code Operation not permitted}; empty if that is not known
     * @throws NullPointerException if an argument is null
     */
    public OsException(int code, String symbol, String call, String text) {
        super(message(
                code,
                Objects.requireNonNull(symbol, "symbol"),
                Objects.requireNonNull(call, "call"),
                Objects.requireNonNull(text, "text")));
        this.code = code;
        this.symbol = symbol;
        this.call = call;
        this.text = text;
    }

    private static String message(int code, String symbol, String call, String text) {
        String error = symbol.isEmpty() ? "error " + code : symbol + " (" + code + ")";
        String where = call.isEmpty() ? error : error + " in " + call;
        return text.isEmpty() ? where : where + ": " + text;
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

    /**
     * Returns what the error means, in the words of the OS.
     *
     * @return for example {@code Operation not permitted}; empty if that is not known
     */
    public String text() {
        return text;
    }
}
