package io.github.lastcall.internal.stdio;

import java.io.InputStream;

/**
 * The output of a child whose output is redirected: always at its end, also after a close, as with {@link
 * ProcessBuilder}.
 */
public final class EmptyInputStream extends InputStream {

    @Override
    public int read() {
        return -1;
    }
}
