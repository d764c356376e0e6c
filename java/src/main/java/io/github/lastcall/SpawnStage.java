package io.github.lastcall;

import java.util.Locale;

/**
 * How far a start got before it failed. Whatever the stage, nothing of the failed start is left: no process and no
 * descriptor. Later versions may add stages.
 */
public enum SpawnStage {

    /** Checking the command, the environment and the working directory, before any call of the OS. */
    ARGUMENTS,

    /** Opening what a standard stream is redirected to or from. */
    REDIRECT,

    /** Getting the pipes and the memory that a start needs. */
    RESOURCES,

    /** Creating the process. */
    CLONE,

    /** Making it the leader of its own process group. */
    GROUP,

    /** Setting every signal to its default action, and unblocking it. */
    SIGNALS,

    /** Entering the working directory. */
    DIRECTORY,

    /** Placing the standard streams. */
    STDIO,

    /** Keeping every other descriptor of this JVM from the program. */
    DESCRIPTORS,

    /** Running the program. */
    EXEC,

    /** Registering it with the guardian, which stops it when this JVM is killed. */
    GUARDIAN,

    /** Entering the requested {@link Containment}, or finding out that it is not available. */
    CONTAINMENT;

    /**
     * Returns the stage as messages have it.
     *
     * @return the name in lower case
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
