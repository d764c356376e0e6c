package io.github.lastcall.internal.cli;

/** Instead of a command there is a text to print. */
final class TextRequest extends Exception {
    private static final long serialVersionUID = 1L;

    TextRequest(String text) {
        super(text);
    }
}
