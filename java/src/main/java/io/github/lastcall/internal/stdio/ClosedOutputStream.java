package io.github.lastcall.internal.stdio;

import java.io.IOException;
import java.io.OutputStream;

/** The input of a child whose standard input is redirected: a write fails, as with {@link ProcessBuilder}. */
public final class ClosedOutputStream extends OutputStream {

    @Override
    public void write(int value) throws IOException {
        throw new IOException("Stream closed");
    }
}
