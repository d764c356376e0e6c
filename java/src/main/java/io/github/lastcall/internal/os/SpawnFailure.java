package io.github.lastcall.internal.os;

import io.github.lastcall.OsException;

/** A spawn that the OS refused. It has left no process and no descriptor. */
public final class SpawnFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final int stage;
    private final OsException osError;

    /**
     * Creates one.
     *
     * @param stage the contract's LC_STAGE_*
     * @param osError what the OS said
     */
    public SpawnFailure(int stage, OsException osError) {
        super(osError);
        this.stage = stage;
        this.osError = osError;
    }

    /** The contract's LC_STAGE_*. */
    public int stage() {
        return stage;
    }

    /** What the OS said. */
    public OsException osError() {
        return osError;
    }
}
