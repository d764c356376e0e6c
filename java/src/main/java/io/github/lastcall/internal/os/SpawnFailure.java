package io.github.lastcall.internal.os;

import io.github.lastcall.OsException;

/** A spawn that the OS has refused. No process and no descriptor is left. */
public final class SpawnFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final int stage;
    private final OsException osError;

    /**
     * Creates one.
     *
     * @param stage the contract's LC_STAGE_*
     * @param osError the error of the OS
     */
    SpawnFailure(int stage, OsException osError) {
        super(osError);
        this.stage = stage;
        this.osError = osError;
    }

    /** The contract's LC_STAGE_*. */
    public int stage() {
        return stage;
    }

    /** The error of the OS. */
    public OsException osError() {
        return osError;
    }
}
