package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.KillMode;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.Programs;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Children that some time after SIGTERM read a line, write "bye", wait until it was read, and then save the line, which
 * was written to them before the stop and not flushed. Under GROUP a member of the group does so, and the signal ends
 * the leader at once; under MIXED, which signals only the leader, the leader does.
 *
 * <p>As a program it leaves one of each to its exit. Arguments: the kill mode, a folder.
 */
public final class LastWords {

    /** Longer than each of them takes. */
    public static final GracefulShutdown SHUTDOWN = GracefulShutdown.of(Duration.ofSeconds(30));

    /** More than a pipe holds. */
    static final int MUCH = 300_000;

    private static final String LINE = "quit";

    private LastWords() {}

    /** The language of the child; all but QUIET_SH write more than a pipe holds before their last words. */
    public enum Language {
        QUIET_SH,
        SH,
        PYTHON,
        JAVA;

        List<String> command(KillMode mode, Path folder) {
            boolean member = mode == KillMode.GROUP;
            return switch (this) {
                case QUIET_SH -> sh("sleep 0.1", member, folder);
                case SH -> sh("head -c " + MUCH + " /dev/zero; echo", member, folder);
                case PYTHON -> List.of("python3", "-c", PYTHON_CHILD, folder.toString(), member ? "member" : "leader");
                case JAVA -> java(member, folder);
            };
        }

        /** Without job control a shell redirects the input of a command that it starts by '&' to /dev/null. */
        private static final String MEMBER = "exec 3<&0; %s <&3 & wait";

        private static List<String> sh(String first, boolean member, Path folder) {
            String child = "trap 'read line; " + first + "; echo bye; until [ -e heard ]; do sleep 0.1; done;"
                    + " echo $line >saved; exit 0' TERM; echo ready; while :; do sleep 0.1; done";
            String script = "cd " + folder + " && " + (member ? MEMBER.formatted("(" + child + ")") : child);
            return List.of("sh", "-c", script);
        }

        private static List<String> java(boolean member, Path folder) {
            List<String> command =
                    new ArrayList<>(member ? List.of("sh", "-c", MEMBER.formatted("\"$@\""), "sh") : List.of());
            command.addAll(new JavaProgram(SaysBye.class, folder.toString()).command());
            return command;
        }

        /** Whether it can be started here. */
        public boolean isInstalled() {
            return this != PYTHON
                    || Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                            .anyMatch(each -> Files.isExecutable(Path.of(each, "python3")));
        }

        private static final String PYTHON_CHILD =
                """
                import os, signal, sys, time
                def bye(number, frame):
                    line = sys.stdin.readline()
                    print("0" * 300000)
                    print("bye", flush=True)
                    while not os.path.exists("heard"):
                        time.sleep(0.02)
                    with open("saved", "w") as saved:
                        saved.write(line)
                    os._exit(0)
                os.chdir(sys.argv[1])
                if sys.argv[2] == "leader" or os.fork() == 0:
                    signal.signal(signal.SIGTERM, bye)
                    print("ready", flush=True)
                # A signal that comes just before a sleep is handled after it.
                while True:
                    time.sleep(0.05)
                """;
    }

    /** The kinds of readers of the output during the stop. */
    public enum Reader {
        NOBODY,
        PLATFORM,
        VIRTUAL
    }

    /**
     * A child that runs.
     *
     * @param language what it is written in
     * @param reader the reader of its output
     * @param process it
     * @param folder where it saves
     */
    public record Child(Language language, Reader reader, ManagedProcess process, Path folder) {

        /** Whether it has completed its work after the request to end. */
        public boolean hasSaved() throws IOException {
            return hasSaved(folder.resolve("saved"));
        }

        /** Whether that is what such a child saves. */
        public static boolean hasSaved(Path file) throws IOException {
            return Files.exists(file) && Files.readString(file).strip().equals(LINE);
        }

        /** Starts the reader, if it has one, which marks what was read. */
        void read() throws IOException {
            switch (reader) {
                case NOBODY -> hear();
                case PLATFORM -> Thread.ofPlatform().daemon().name("reader").start(this::readUntilBye);
                case VIRTUAL -> Thread.ofVirtual().start(this::readUntilBye);
            }
        }

        private void hear() throws IOException {
            Files.createFile(folder.resolve("heard"));
        }

        private void readUntilBye() {
            try {
                InputStream output = process.getInputStream();
                String line;
                do {
                    line = Programs.readLine(output);
                } while (!line.equals("bye"));
                hear();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** How to start them. */
    public interface Starter {
        /** Starts one. */
        ManagedProcess start(ManagedProcess.Builder builder) throws IOException;
    }

    /**
     * Starts one in each language for each reader, and returns when all are ready and read. Each was written a line
     * that is not flushed.
     */
    public static List<Child> start(KillMode mode, Path folder, Starter starter) throws IOException {
        List<Child> children = new ArrayList<>();
        for (Language language : Language.values()) {
            for (Reader reader : language.isInstalled() ? Reader.values() : new Reader[0]) {
                Path own = Files.createDirectory(folder.resolve(language + "-" + reader));
                ProcessBuilder command = new ProcessBuilder(language.command(mode, own))
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
                ManagedProcess process = starter.start(ManagedProcess.builder(command)
                        .name(language + " read by " + reader)
                        .killMode(mode)
                        .terminateOnClose(SHUTDOWN));
                children.add(new Child(language, reader, process, own));
            }
        }
        for (Child child : children) {
            Programs.awaitReady(child.process());
            child.process().getOutputStream().write((LINE + "\n").getBytes(StandardCharsets.UTF_8));
            child.read();
        }
        return children;
    }

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        List<Child> children = start(KillMode.valueOf(arguments[0]), Path.of(arguments[1]), ManagedProcess.Builder::start);
        System.out.println(children.size());
    }
}
