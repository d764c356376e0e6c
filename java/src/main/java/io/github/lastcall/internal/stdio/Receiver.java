package io.github.lastcall.internal.stdio;

import java.io.IOException;

/** Users' code that gets a stream, chunk by chunk. Called by one thread at a time. */
interface Receiver {

    /** Takes a chunk, which is not changed any more. */
    void take(byte[] chunk) throws IOException;

    /** The stream has ended. */
    void end() throws IOException;
}
