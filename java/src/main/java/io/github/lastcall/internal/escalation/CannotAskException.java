package io.github.lastcall.internal.escalation;

import java.io.IOException;

/** There is no way to ask the target; nothing was sent, and nothing needs to be waited for. The message says why. */
public final class CannotAskException extends IOException {

    private static final long serialVersionUID = 1;

    /** Creates one. */
    public CannotAskException(String reason) {
        super(reason);
    }
}
