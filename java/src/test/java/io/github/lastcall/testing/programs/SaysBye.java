package io.github.lastcall.testing.programs;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A child in Java whose shutdown hook reads a line, writes more than a pipe holds, writes "bye", waits until that was
 * read, and saves the line.
 */
public final class SaysBye {

    private SaysBye() {}

    /** Runs; the argument is the folder with the files "heard" and "saved". */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> sayBye(folder)));
        System.out.println("ready");
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void sayBye(Path folder) {
        try {
            String line =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            System.out.println("0".repeat(LastWords.MUCH));
            System.out.println("bye");
            while (!System.out.checkError() && !Files.exists(folder.resolve("heard"))) {
                Thread.sleep(10);
            }
            if (!System.out.checkError()) {
                Files.writeString(folder.resolve("saved"), line);
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
