package io.github.lastcall.internal.stdio;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * The output of the child for the user. It refers to the user's handle, so that the handle is not lost during a read.
 */
public final class ChildInputStream extends InputStream {

    private final Object owner;
    private final PipeInput pipe;

    /** Creates the stream of a pipe; it keeps the owner reachable. */
    public ChildInputStream(Object owner, PipeInput pipe) {
        this.owner = owner;
        this.pipe = pipe;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        try {
            return pipe.read(buffer, offset, length);
        } finally {
            Reference.reachabilityFence(owner);
        }
    }

    @Override
    public int available() throws IOException {
        try {
            return pipe.available();
        } finally {
            Reference.reachabilityFence(owner);
        }
    }

    @Override
    public void close() {
        pipe.close();
    }
}
