package io.github.lastcall.internal.stdio;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes a stream to a sink, with a prefix before each line. One call writes as many whole lines as there are, so that
 * several processes can write to one sink. A last line without an end gets one. Without a prefix the bytes are written
 * as they come.
 */
final class Forwarder implements Receiver {

    private final OutputStream sink;
    private final byte[] prefix;

    /** The bytes to write. They may begin within a line, of which the first part was written before. */
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();

    private boolean withinLine;

    Forwarder(OutputStream sink, String prefix) {
        this.sink = sink;
        this.prefix = prefix.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void take(byte[] chunk) throws IOException {
        if (prefix.length == 0) {
            sink.write(chunk);
            sink.flush();
            return;
        }
        int from = 0;
        int whole = -1;
        for (int i = 0; i < chunk.length; i++) {
            if (chunk[i] == '\n') {
                add(chunk, from, i + 1);
                withinLine = false;
                from = i + 1;
                whole = held.size();
            }
        }
        write(whole);
        add(chunk, from, chunk.length);
        write(held.size() >= Lines.LONGEST ? held.size() : -1);
    }

    private void add(byte[] chunk, int from, int to) {
        if (from < to && !withinLine) {
            held.writeBytes(prefix);
            withinLine = true;
        }
        held.write(chunk, from, to - from);
    }

    /** Writes the held bytes, unless there is no whole line (-1). */
    private void write(int whole) throws IOException {
        if (whole >= 0) {
            byte[] bytes = held.toByteArray();
            held.reset();
            sink.write(bytes);
            sink.flush();
        }
    }

    @Override
    public void end() throws IOException {
        if (withinLine && prefix.length > 0) {
            held.write('\n');
            write(held.size());
        }
    }
}
