package io.github.lastcall.internal.exit;

import io.github.lastcall.internal.os.NativeProcess;
import java.util.Optional;

/**
 * What a {@link Monitor} watches.
 *
 * @param process whose exit; empty: a pipe
 * @param pipe the pipe, -1: a process
 * @param events for what the pipe is to be ready
 */
record Watched(Optional<NativeProcess> process, long pipe, int events) {

    static Watched exit(NativeProcess process) {
        return new Watched(Optional.of(process), -1, 0);
    }
}
