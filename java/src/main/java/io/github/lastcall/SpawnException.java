package io.github.lastcall;

import java.io.IOException;
import java.io.Serial;
import java.util.Objects;
import java.util.Optional;

/**
 * A process could not be started. Nothing of it is left: no process, no descriptor, no armed handle. The message has
 * the name, the stage and the error, as in {@code Cannot start process 'redis' in directory "/x": exec of
 * "redis-server" failed: ENOENT (2) in execve: No such file or directory}; it never has arguments or the environment,
 * which may hold secrets. Invisible characters of a path, such as a NUL, are escaped as in Java.
 */
public final class SpawnException extends IOException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** The stage that failed. */
    private final SpawnStage stage;
    /** The OS's error, or null. */
    private final OsException osErrorOrNull;

    /**
     * Creates one. Only this library throws it.
     *
     * @param message the name, the stage and the error
     * @param stage the stage that failed
     * @param osError the OS's error; empty: the OS was not asked
     * @throws NullPointerException an argument is null
     */
    public SpawnException(String message, SpawnStage stage, Optional<OsException> osError) {
        super(Objects.requireNonNull(message, "message"), osError.orElse(null));
        this.stage = Objects.requireNonNull(stage, "stage");
        this.osErrorOrNull = osError.orElse(null);
    }

    /**
     * Returns the stage that failed, which says how far the start got.
     *
     * @return the stage
     */
    public SpawnStage stage() {
        return stage;
    }

    /**
     * Returns the OS's error, which is the {@linkplain #getCause() cause} too.
     *
     * @return the error, empty if the start failed without asking the OS
     */
    public Optional<OsException> osError() {
        return Optional.ofNullable(osErrorOrNull);
    }
}
