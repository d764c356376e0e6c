package io.github.lastcall.internal.cli;

/** Thrown when there is a text to print instead of a command to run. */
final class TextRequest extends Exception {
    private static final long serialVersionUID = 1L;

    TextRequest(String text) {
        super(text);
    }
}
