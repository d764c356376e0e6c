package io.github.lastcall;

import java.io.Serial;

/**
 * A handle without a policy for its close was closed while its process, or a member of its process group, was still
 * running. The group has been killed. The {@linkplain #getCause() cause} only has a stack trace: the place where the
 * process was started.
 *
 * @see ManagedProcess#close()
 */
public final class ProcessLeakedException extends IllegalStateException {

    @Serial
    private static final long serialVersionUID = 1L;

    ProcessLeakedException(String message, Throwable startedAt) {
        super(message, startedAt);
    }
}
