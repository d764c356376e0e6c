package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lastcall.testing.LeaksNothing;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random outputs of real processes, in several encodings, with malformed bytes and lines of all lengths, written in
 * pieces of all sizes, against a model that has the whole output at once. The property {@code lastcall.fuzz} sets how
 * many, {@code lastcall.fuzz.seed} the first one.
 */
@ExtendWith(LeaksNothing.class)
class OutputFuzzTest {

    private static final int MANY = Integer.getInteger("lastcall.fuzz", 300);
    private static final int FIRST_SEED = Integer.getInteger("lastcall.fuzz.seed", 1);

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.of(Duration.ofSeconds(5));
    private static final int LONGEST = 65_536;

    private static final List<Charset> ENCODINGS = List.of(
            StandardCharsets.UTF_8, StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1, StandardCharsets.UTF_16LE);

    private static final List<String> ENDS = List.of("\n", "\n", "\n", "\r\n", "\r\n", "\r", "\n\r", "");

    private final Random random = new Random();

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void whatIsWrittenArrives() throws Exception {
        for (int seed = FIRST_SEED; seed < FIRST_SEED + MANY; seed++) {
            random.setSeed(seed);
            try {
                runOnce();
            } catch (Throwable failure) {
                throw new AssertionError("with -Dlastcall.fuzz.seed=" + seed + ": " + failure, failure);
            }
        }
    }

    private void runOnce() throws Exception {
        Charset encoding = ENCODINGS.get(random.nextInt(ENCODINGS.size()));
        byte[] output = output(encoding);
        int blockSize = 1 + random.nextInt(output.length < 5000 ? 40 : 30_000);
        int limit = random.nextInt(2) == 0 ? random.nextInt(200) : random.nextInt(output.length + 100);
        boolean last = random.nextBoolean();
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        CompletedProcess done = ManagedProcess.run(
                ManagedProcess.builder("dd", "bs=" + blockSize, "status=none")
                        .input(output)
                        .capture(last ? OutputLimit.last(limit) : OutputLimit.first(limit))
                        .onLine(StandardStream.STDOUT, lines::add)
                        .forwardTo(StandardStream.STDOUT, sink, "> "),
                LONG, SHUTDOWN);
        assertEquals(new ExitStatus.Exited(0), done.exitStatus());
        byte[] kept = last
                ? Arrays.copyOfRange(output, Math.max(0, output.length - limit), output.length)
                : Arrays.copyOf(output, Math.min(limit, output.length));
        assertArrayEquals(kept, done.stdout().bytes());
        assertEquals(new String(kept, encoding), done.stdout().text(encoding));
        assertEquals(output.length, done.stdout().total());
        assertEquals(limit < output.length, done.stdout().truncated());
        List<String> expected = modelOfLines(output);
        for (int i = 0; i < Math.min(expected.size(), lines.size()); i++) {
            assertEquals(expected.get(i), lines.get(i), "line " + i);
        }
        assertEquals(expected.size(), lines.size());
        assertArrayEquals(modelOfSink(output), sink.toByteArray());
    }

    // What is written

    private byte[] output(Charset encoding) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        int lines = random.nextInt(random.nextInt(10) == 0 ? 500 : 20);
        for (int i = 0; i < lines; i++) {
            output.writeBytes(line().getBytes(encoding));
            if (random.nextInt(8) == 0) {
                output.writeBytes(malformed());
            }
            output.writeBytes(ENDS.get(random.nextInt(ENDS.size())).getBytes(encoding));
        }
        return output.toByteArray();
    }

    private String line() {
        int length = switch (random.nextInt(100)) {
            case 0 -> 60_000 + random.nextInt(150_000);
            case 1 -> LONGEST - 2 + random.nextInt(5);
            default -> random.nextInt(80);
        };
        int[] points = new int[length];
        int kind = random.nextInt(4);
        for (int i = 0; i < length; i++) {
            points[i] = switch (kind) {
                case 0 -> 'a' + random.nextInt(26);
                case 1 -> 0xc0 + random.nextInt(0x40);
                case 2 -> 0x4e00 + random.nextInt(0x1000);
                default -> 0x1f600 + random.nextInt(0x40);
            };
        }
        return new String(points, 0, length);
    }

    private byte[] malformed() {
        byte[] bytes = new byte[1 + random.nextInt(5)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (0x80 + random.nextInt(0x80));
        }
        return bytes;
    }

    // What is expected

    /** Decodes all of it first and then cuts it; a line that is too long is cut between characters. */
    private static List<String> modelOfLines(byte[] output) {
        List<String> lines = new ArrayList<>();
        int from = 0;
        for (int to = 0; to <= output.length; to++) {
            boolean ends = to < output.length && (output[to] == '\n' || output[to] == '\r');
            if (ends || to == output.length && from < to) {
                addPieces(lines, Arrays.copyOfRange(output, from, to));
            }
            if (ends && output[to] == '\r' && to + 1 < output.length && output[to + 1] == '\n') {
                to++;
            }
            from = ends ? to + 1 : from;
        }
        String whole = new String(output, StandardCharsets.UTF_8);
        assertEquals(
                String.join("", new BufferedReader(new StringReader(whole)).lines().toList()),
                String.join("", lines),
                "the model itself");
        return lines;
    }

    private static void addPieces(List<String> lines, byte[] line) {
        int from = 0;
        while (line.length - from > LONGEST) {
            int to = from + LONGEST;
            while (from + LONGEST - to < 3 && (line[to] & 0xc0) == 0x80) {
                to--;
            }
            // Continuation bytes without a first byte, or too many of them, can be cut anywhere.
            int character = (line[to] & 0xff) >= 0xf0 ? 4 : (line[to] & 0xff) >= 0xe0 ? 3 : 2;
            boolean whole = (line[to] & 0xc0) != 0xc0 || character <= from + LONGEST - to;
            to = whole ? from + LONGEST : to;
            lines.add(new String(line, from, to - from, StandardCharsets.UTF_8));
            from = to;
        }
        lines.add(new String(line, from, line.length - from, StandardCharsets.UTF_8));
    }

    private static byte[] modelOfSink(byte[] output) {
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        boolean withinLine = false;
        for (byte next : output) {
            if (!withinLine) {
                sink.writeBytes(new byte[] {'>', ' '});
            }
            sink.write(next);
            withinLine = next != '\n';
        }
        if (withinLine) {
            sink.write('\n');
        }
        return sink.toByteArray();
    }
}
