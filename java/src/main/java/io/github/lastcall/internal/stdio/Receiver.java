package io.github.lastcall.internal.stdio;

import java.io.IOException;

/** Receives a stream, chunk by chunk. Called by one thread at a time. */
interface Receiver {

    /** Takes a chunk, which does not change afterwards. */
    void take(byte[] chunk) throws IOException;

    /** Called at the end of the stream. */
    void end() throws IOException;
}
