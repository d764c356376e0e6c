package io.github.lastcall.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.LoggingEventAware;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The logging back end of the tests: keeps the last lines in memory, from the trace level up, and can be made to
 * misbehave. With the system property {@code lastcall.test.log=stderr} it also writes them to standard error, so that a
 * test can read the log of another JVM. With {@code lastcall.test.log.failures=N} the first N loggers cannot be
 * created; with {@code lastcall.test.log.delay=N} each line takes N milliseconds.
 */
public final class CapturedLog {

    private static final int KEPT = 10_000;
    private static final boolean TO_STDERR = "stderr".equals(System.getProperty("lastcall.test.log"));
    private static final int DELAY_MILLIS = Integer.getInteger("lastcall.test.log.delay", 0);
    private static final ConcurrentLinkedDeque<Line> LINES = new ConcurrentLinkedDeque<>();
    private static final AtomicLong WRITTEN = new AtomicLong();
    private static volatile Consumer<Line> hook = line -> {};
    private static volatile Runnable levelHook = () -> {};

    /**
     * What was logged.
     *
     * @param text the message, formatted
     * @param cause the exception with it
     * @param values the key-value pairs
     */
    public record Line(Level level, String text, Optional<Throwable> cause, Map<String, Object> values) {}

    private CapturedLog() {}

    /** The lines about a process, oldest first. */
    public static List<Line> about(long pid) {
        return LINES.stream().filter(line -> Long.valueOf(pid).equals(line.values().get("pid"))).toList();
    }

    /** Waits until a line about that process fits, 10 s at most, and returns it. */
    public static Line await(long pid, Predicate<Line> fits) throws InterruptedException {
        long begun = System.nanoTime();
        while (true) {
            Optional<Line> found = about(pid).stream().filter(fits).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            if (System.nanoTime() - begun > 10_000_000_000L) {
                throw new AssertionError("no such line; there are: " + about(pid));
            }
            Thread.sleep(5);
        }
    }

    /** Waits until nothing has been logged for a second: the library logs some events later. */
    public static void awaitQuiet() {
        Programs.await("nothing more is logged", () -> {
            long before = WRITTEN.get();
            pause(1000);
            return WRITTEN.get() == before;
        });
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Calls this with each line before it is kept, on the thread that logs. The logger throws what this throws. */
    public static AutoCloseable misbehave(Consumer<Line> instead) {
        hook = instead;
        return () -> hook = line -> {};
    }

    /** Calls this whenever it is asked for the debug level, on the thread that asks. */
    public static AutoCloseable misbehaveWhenAsked(Runnable first) {
        levelHook = first;
        return () -> levelHook = () -> {};
    }

    private static void add(Line line) {
        pause(DELAY_MILLIS);
        hook.accept(line);
        LINES.add(line);
        // Reading the size of such a queue takes as long as a walk through it.
        if (WRITTEN.incrementAndGet() > KEPT) {
            LINES.poll();
        }
        if (TO_STDERR) {
            System.err.println(line.level() + " " + line.text());
        }
    }

    /** Found by SLF4J through META-INF/services. */
    public static final class Provider implements SLF4JServiceProvider {

        private final AtomicInteger failures = new AtomicInteger(Integer.getInteger("lastcall.test.log.failures", 0));
        private final ILoggerFactory loggers = this::logger;
        private final IMarkerFactory markers = new BasicMarkerFactory();
        private final MDCAdapter context = new NOPMDCAdapter();

        private Logger logger(String name) {
            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new OutOfMemoryError("of a test");
            }
            return new CapturingLogger(name);
        }

        @Override
        public ILoggerFactory getLoggerFactory() {
            return loggers;
        }

        @Override
        public IMarkerFactory getMarkerFactory() {
            return markers;
        }

        @Override
        public MDCAdapter getMDCAdapter() {
            return context;
        }

        @Override
        public String getRequestedApiVersion() {
            return "2.0.99";
        }

        @Override
        public void initialize() {}
    }

    private static final class CapturingLogger extends LegacyAbstractLogger implements LoggingEventAware {
        private static final long serialVersionUID = 1L;

        CapturingLogger(String name) {
            this.name = name;
        }

        @Override
        public void log(LoggingEvent event) {
            Map<String, Object> values = new HashMap<>();
            for (KeyValuePair pair : Optional.ofNullable(event.getKeyValuePairs()).orElseGet(ArrayList::new)) {
                values.put(pair.key, pair.value);
            }
            String text = MessageFormatter.basicArrayFormat(event.getMessage(), event.getArgumentArray());
            add(new Line(event.getLevel(), text, Optional.ofNullable(event.getThrowable()), values));
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level, Marker marker, String pattern, Object[] arguments, Throwable cause) {
            String text = MessageFormatter.basicArrayFormat(pattern, arguments);
            add(new Line(level, text, Optional.ofNullable(cause), Map.of()));
        }

        @Override
        protected String getFullyQualifiedCallerName() {
            return Logger.class.getName();
        }

        @Override
        public boolean isTraceEnabled() {
            return true;
        }

        @Override
        public boolean isDebugEnabled() {
            levelHook.run();
            return true;
        }

        @Override
        public boolean isInfoEnabled() {
            return true;
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }
    }
}
