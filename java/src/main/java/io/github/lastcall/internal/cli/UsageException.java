package io.github.lastcall.internal.cli;

/** The command line is invalid. */
final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
