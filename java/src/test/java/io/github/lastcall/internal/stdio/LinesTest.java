package io.github.lastcall.internal.stdio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How bytes are cut into lines, in chunks of all sizes. */
class LinesTest {

    private static List<String> lines(byte[] bytes, Random splits, int longest) {
        List<String> lines = new ArrayList<>();
        Lines cut = new Lines(lines::add);
        int from = 0;
        while (from < bytes.length) {
            int to = Math.min(bytes.length, from + splits.nextInt(longest + 1));
            cut.take(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        cut.end();
        return lines;
    }

    private static List<String> lines(String text, int longest) {
        return lines(text.getBytes(StandardCharsets.UTF_8), new Random(1), longest);
    }

    @Test
    void anyEndWillDoAndTheLastOneMayBeMissing() {
        for (int longest = 1; longest < 20; longest++) {
            assertEquals(List.of("a", "b", "", "c", "d", "", "e"), lines("a\nb\n\nc\rd\r\n\r\ne", longest));
            assertEquals(List.of("a", "", "b"), lines("a\n\rb\r\n", longest));
            assertEquals(List.of(), lines("", longest));
        }
    }

    @Test
    void noCharacterIsSplitByHowItComes() {
        String text = "é€😀".repeat(50) + "\n" + "€".repeat(30);
        for (int longest = 1; longest < 10; longest++) {
            assertEquals(text.lines().toList(), lines(text, longest));
        }
    }

    @Test
    void aLineOfTheLongestLengthIsWhole() {
        for (int length = Lines.LONGEST - 2; length <= Lines.LONGEST; length++) {
            assertEquals(List.of("x".repeat(length), "y"), lines("x".repeat(length) + "\r\ny\n", 40_000));
        }
        assertEquals(List.of("x".repeat(Lines.LONGEST), "x"), lines("x".repeat(Lines.LONGEST + 1) + "\n", 40_000));
    }

    @Test
    void aLongLineIsCutBetweenCharacters() {
        for (String character : List.of("é", "€", "😀")) {
            for (int shift = 0; shift < 4; shift++) {
                String text = "x".repeat(shift) + character.repeat(50_000);
                List<String> pieces = lines(text, 40_000);
                assertEquals(text, String.join("", pieces));
                for (String piece : pieces) {
                    int length = piece.getBytes(StandardCharsets.UTF_8).length;
                    assertEquals(true, length <= Lines.LONGEST, length + " bytes");
                }
            }
        }
    }

    @Test
    void howItComesMakesNoDifference() {
        Random random = new Random(7);
        byte[] some = {'a', '\n', '\r', (byte) 0xc3, (byte) 0xa9, (byte) 0xe2, (byte) 0x82, (byte) 0xac, (byte) 0xf0,
            (byte) 0x9f, (byte) 0x98, (byte) 0x80, (byte) 0xff};
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = new byte[random.nextInt(60)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = some[random.nextInt(some.length)];
            }
            List<String> expected = new String(bytes, StandardCharsets.UTF_8).lines().toList();
            assertEquals(expected, lines(bytes, random, 1 + random.nextInt(10)), Arrays.toString(bytes));
        }
    }
}
