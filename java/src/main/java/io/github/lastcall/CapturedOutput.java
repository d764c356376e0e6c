package io.github.lastcall;

import io.github.lastcall.internal.Quoted;
import io.github.lastcall.internal.stdio.Collector;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** What was kept of a stream that a process has written, up to some moment. Never changes. */
public final class CapturedOutput {

    static final CapturedOutput NOTHING = new CapturedOutput(Collector.Collected.NOTHING);

    /** How many lines a message has at most. */
    private static final int MOST_LINES = 10;

    /** Shares the kept bytes with the process. They are copied when they are read. */
    private final Collector.Collected collected;

    CapturedOutput(Collector.Collected collected) {
        this.collected = collected;
    }

    /**
     * Returns what was kept.
     *
     * @return a copy of the bytes
     */
    public byte[] bytes() {
        return collected.kept().bytes();
    }

    /**
     * Returns what was kept as text in UTF-8. Malformed bytes are replaced by U+FFFD, also a character that the limit
     * has cut.
     *
     * @return the text
     */
    public String text() {
        return text(StandardCharsets.UTF_8);
    }

    /**
     * Returns what was kept as text, malformed bytes replaced.
     *
     * @param charset its encoding
     * @return the text
     * @throws NullPointerException the charset is null
     */
    public String text(Charset charset) {
        return new String(bytes(), charset);
    }

    /**
     * Returns the lines of {@link #text()}, without their ends, which are those of {@link String#lines()}.
     *
     * @return the lines, unmodifiable; the last one may have no end
     */
    public List<String> lines() {
        return text().lines().toList();
    }

    /**
     * Returns whether something is missing: bytes beyond the limit are not in {@link #bytes()}, another process still
     * held the pipe when it was closed, or a listener or sink has not got everything.
     *
     * @return whether the output is incomplete
     */
    public boolean truncated() {
        return collected.truncated();
    }

    /**
     * Returns how much was read of the stream, whether it was kept or not.
     *
     * @return the number of bytes
     */
    public long total() {
        return collected.total();
    }

    /** Returns the last lines for the end of a message; empty: there are none, or capture was not requested. */
    String lastLines() {
        List<String> lines = new String(collected.tail().bytes(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        List<String> last = lines.subList(Math.max(0, lines.size() - MOST_LINES), lines.size());
        return last.stream().map(line -> "\n    " + Quoted.visible(line)).collect(Collectors.joining());
    }

    /** Returns how much it is, and never what: that may be a secret. */
    @Override
    public String toString() {
        return collected.kept().size() + " of " + total() + " bytes" + (truncated() ? ", truncated" : "");
    }
}
