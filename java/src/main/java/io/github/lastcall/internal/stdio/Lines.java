package io.github.lastcall.internal.stdio;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts a stream of bytes into lines, which {@code \n}, {@code \r} or {@code \r\n} ends, as those of {@link
 * java.io.BufferedReader#readLine()}, and decodes each as UTF-8; malformed bytes become U+FFFD. A line that is longer
 * than 64 KiB comes in pieces, cut between characters.
 *
 * <p>In UTF-8 no part of a character looks like an end of a line. So lines are cut first and decoded as a whole, and
 * no character is split by how the bytes came.
 */
final class Lines implements Receiver {

    /** The longest piece, in bytes: 64 KiB. */
    static final int LONGEST = 65_536;

    private static final byte[] NOTHING = {};

    /** An array up to this size is kept for the next line. */
    private static final int USUAL = 1024;

    private final Consumer<String> listener;
    private byte[] held = NOTHING;
    private int length;
    private boolean afterReturn;

    Lines(Consumer<String> listener) {
        this.listener = listener;
    }

    @Override
    public void take(byte[] chunk) {
        int from = 0;
        for (int i = 0; i < chunk.length; i++) {
            byte next = chunk[i];
            if (next != '\n' && next != '\r') {
                continue;
            }
            boolean restOfEnd = next == '\n' && (i > 0 ? chunk[i - 1] == '\r' : afterReturn);
            if (!restOfEnd) {
                line(chunk, from, i);
            }
            from = i + 1;
        }
        hold(chunk, from, chunk.length);
        afterReturn = chunk.length > 0 ? chunk[chunk.length - 1] == '\r' : afterReturn;
    }

    /** Passes on the last line if it has no end. */
    @Override
    public void end() {
        if (length > 0) {
            piece(length);
        }
    }

    private void line(byte[] chunk, int from, int to) {
        if (length == 0 && to - from <= LONGEST) {
            listener.accept(new String(chunk, from, to - from, StandardCharsets.UTF_8));
        } else {
            hold(chunk, from, to);
            piece(length);
        }
    }

    private void hold(byte[] chunk, int from, int to) {
        int taken = from;
        while (taken < to) {
            if (length == LONGEST) {
                piece(wholeCharacters(chunk[taken]));
            }
            int count = Math.min(to - taken, LONGEST - length);
            if (held.length < length + count) {
                held = Arrays.copyOf(held, Math.max(length + count, Math.min(2 * held.length, LONGEST)));
            }
            System.arraycopy(chunk, taken, held, length, count);
            length += count;
            taken += count;
        }
    }

    private void piece(int count) {
        String text = new String(held, 0, count, StandardCharsets.UTF_8);
        length -= count;
        if (length > 0) {
            System.arraycopy(held, count, held, 0, length);
        } else if (held.length > USUAL) {
            held = NOTHING;
        }
        listener.accept(text);
    }

    /**
     * Returns the length of the held bytes without an incomplete character at the end, which the next byte continues.
     */
    private int wholeCharacters(byte next) {
        if ((next & 0xc0) != 0x80) {
            return length;
        }
        for (int back = 1; back <= 3; back++) {
            int lead = held[length - back] & 0xff;
            if (lead >= 0xc0) {
                int wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
                return wanted > back ? length - back : length;
            }
            if (lead < 0x80) {
                return length;
            }
        }
        return length;
    }
}
