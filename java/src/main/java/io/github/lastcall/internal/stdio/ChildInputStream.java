package io.github.lastcall.internal.stdio;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * The child's output as the user gets it. It holds the user's handle: while somebody reads, the child is not leaked.
 */
public final class ChildInputStream extends InputStream {

    private final Object owner;
    private final PipeInput pipe;

    /** Creates the stream over a pipe; the owner is kept reachable. */
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
