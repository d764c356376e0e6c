package io.github.lastcall;

import java.nio.file.Path;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/** How to see that a process is ready for use, for {@link ManagedProcess#awaitReady}. */
public sealed interface Readiness {

    /**
     * It is ready once it has written a line in which the pattern is found. The stream has to be read by the library:
     * {@link ManagedProcess.Builder#capture}, {@link ManagedProcess.Builder#onLine} or {@link
     * ManagedProcess.Builder#forwardTo} was called for it.
     *
     * <p>The first 64 KiB that it writes are kept until this has succeeded once, so it does not matter how late the
     * wait begins; after them, and in later waits, only what is written during the wait is seen. So if it writes two
     * lines that show its progress, wait for the last one only, or use {@link ManagedProcess.Builder#onLine}. Lines are
     * those of {@code onLine}: a prompt without an end of line is none. The pattern is tried by the thread that waits
     * and by one of the library; an Error that it throws, such as a StackOverflowError, ends the wait.
     *
     * @param stream which stream
     * @param pattern what is to be found in a line, as by {@link java.util.regex.Matcher#find()}
     * @return the condition
     * @throws NullPointerException an argument is null
     */
    static Readiness line(StandardStream stream, Pattern pattern) {
        return new Line(stream, pattern);
    }

    /**
     * It is ready once a TCP connection to that port of 127.0.0.1 or ::1 is accepted. On Linux the socket has to be one
     * of the process or of a member, by proc(5): of its group, or of those that its {@linkplain Containment
     * containment} finds. If another process listens there, it is not ready, and no connection is made. Members of
     * another user or in another network namespace cannot be seen. The connection is closed at once.
     *
     * @param port the port, 1 to 65535
     * @return the condition
     * @throws IllegalArgumentException it is out of that range
     */
    static Readiness port(int port) {
        return new Port(port);
    }

    /**
     * It is ready once a file exists. A file of an earlier run counts too: remove it before the start.
     *
     * @param path the file
     * @return the condition
     * @throws NullPointerException the path is null
     */
    static Readiness file(Path path) {
        return new FileExists(path);
    }

    /**
     * It is ready once the condition returns true.
     *
     * @param condition called every 10 to 100 ms by the thread that waits; what it throws ends the wait
     * @return the condition
     * @throws NullPointerException it is null
     */
    static Readiness when(BooleanSupplier condition) {
        return new When(condition);
    }

    /**
     * {@link #line}.
     *
     * @param stream which stream
     * @param pattern what is to be found in a line
     */
    record Line(StandardStream stream, Pattern pattern) implements Readiness {

        /**
         * Checks the components.
         *
         * @throws NullPointerException if one is null
         */
        public Line {
            Objects.requireNonNull(stream, "stream");
            Objects.requireNonNull(pattern, "pattern");
        }
    }

    /**
     * {@link #port}.
     *
     * @param port the port
     */
    record Port(int port) implements Readiness {

        /**
         * Checks the component.
         *
         * @throws IllegalArgumentException if it is not 1 to 65535
         */
        public Port {
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("a port is 1 to 65535, and not " + port);
            }
        }
    }

    /**
     * {@link #file}.
     *
     * @param path the file
     */
    record FileExists(Path path) implements Readiness {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if it is null
         */
        public FileExists {
            Objects.requireNonNull(path, "path");
        }
    }

    /**
     * {@link #when}.
     *
     * @param condition the condition
     */
    record When(BooleanSupplier condition) implements Readiness {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if it is null
         */
        public When {
            Objects.requireNonNull(condition, "condition");
        }
    }
}
