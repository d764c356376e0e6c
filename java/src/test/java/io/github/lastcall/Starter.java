package io.github.lastcall;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Who starts the process of a test: our processes must behave like the JDK's. */
enum Starter {
    LASTCALL {
        @Override
        Process start(ProcessBuilder command) throws IOException {
            return ManagedProcess.builder(command).start();
        }
    },
    JDK {
        @Override
        Process start(ProcessBuilder command) throws IOException {
            return command.start();
        }
    };

    abstract Process start(ProcessBuilder command) throws IOException;

    /** Runs a program that needs no input to its end and returns what it wrote to its output. */
    String outputOf(ProcessBuilder command) throws IOException, InterruptedException {
        Process process = start(command);
        process.getOutputStream().close();
        String output = text(process.getInputStream());
        process.waitFor();
        process.getInputStream().close();
        process.getErrorStream().close();
        return output;
    }

    /** Reads to the end. */
    static String text(InputStream stream) throws IOException {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
}
