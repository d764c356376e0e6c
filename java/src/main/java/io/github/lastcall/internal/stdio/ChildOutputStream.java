package io.github.lastcall.internal.stdio;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * The input of the child for the user. It refers to the user's handle, so that the handle is not lost during a write.
 */
public final class ChildOutputStream extends OutputStream {

    private final Object owner;
    private final PipeOutput pipe;

    /** Creates the stream of a pipe; it keeps the owner reachable. */
    public ChildOutputStream(Object owner, PipeOutput pipe) {
        this.owner = owner;
        this.pipe = pipe;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        try {
            pipe.write(bytes, offset, length);
        } finally {
            Reference.reachabilityFence(owner);
        }
    }

    @Override
    public void flush() throws IOException {
        try {
            pipe.flush();
        } finally {
            Reference.reachabilityFence(owner);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            pipe.close();
        } finally {
            Reference.reachabilityFence(owner);
        }
    }
}
