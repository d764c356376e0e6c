package io.github.lastcall.internal.log;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.stop.Line;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes to the log. It catches everything that a logging back end throws: a broken appender must not prevent the stop
 * of a process. For the same reason the pool writes all lines, in order. A stop waits at most {@value #PATIENCE_MILLIS}
 * ms for its lines, the exit of the JVM at most {@value #LAST_PATIENCE_MILLIS} ms; nothing else waits.
 */
public final class Log {

    private static final long PATIENCE_MILLIS = 100;

    /** Longer, because lines that are not written by then are lost. */
    private static final long LAST_PATIENCE_MILLIS = 1000;

    private static final long NAP_NANOS = 100_000;

    /** The most lines that wait for a slow back end: with some hundred bytes each, about 40 MB. */
    private static final int MOST_WAITING = 100_000;

    private static final Queue<Runnable> LATER = new ConcurrentLinkedQueue<>();

    /** How many lines were added to {@link #LATER}. */
    private static final AtomicLong PUT = new AtomicLong();

    private static final AtomicLong WRITTEN = new AtomicLong();

    /** How many lines were dropped because too many were waiting. */
    private static final AtomicLong DROPPED = new AtomicLong();

    /** Whether a thread of the pool writes or will write. */
    private static final AtomicBoolean WRITING = new AtomicBoolean();

    /**
     * Whether the back end logs at debug, as it said last. A stop must not ask it, because it may block. Until it was
     * asked, lines at debug are added, and dropped where they are written.
     */
    private static volatile boolean debug = true;

    /** Created on first use. If that fails, for example because memory is full, on the next use. */
    private static volatile Optional<Logger> logger = Optional.empty();

    private Log() {}

    private static Logger logger() {
        Optional<Logger> known = logger;
        if (known.isEmpty()) {
            known = Optional.of(LoggerFactory.getLogger("io.github.lastcall"));
            logger = known;
        }
        return known.get();
    }

    /**
     * The process that a line is about. Name and pid are in the text and in the key-value pairs.
     *
     * @param name the process's name
     * @param pid its pid
     */
    public record Subject(String name, long pid) {

        @Override
        public String toString() {
            return "'" + name + "' (pid " + pid + ")";
        }
    }

    /** A process that lines are about, with the pool that writes them. */
    public interface Source {

        /** Its name and pid. */
        Subject subject();

        /** Runs a task on a thread of the pool. */
        void onPool(Runnable task);
    }

    /** Logs the lines of a stop. */
    public static void later(Source source, List<Line> lines) {
        Subject subject = source.subject();
        for (Line line : lines) {
            later(source::onPool, () -> log(
                    level(line.level()),
                    subject,
                    line::text,
                    line.cause().orElse(null),
                    "signal", line.action(),
                    "phase", line.phase()));
        }
    }

    private static Level level(Line.Level level) {
        return switch (level) {
            case DETAIL -> Level.DEBUG;
            case WARNING -> Level.WARN;
            case FAILURE -> Level.ERROR;
        };
    }

    /** Runs what writes a line, on a thread of the pool. If too many lines wait, it is dropped and counted. */
    public static void later(Executor pool, Runnable write) {
        if (PUT.get() - WRITTEN.get() >= MOST_WAITING) {
            DROPPED.incrementAndGet();
            return;
        }
        // Before it is added: a line of another thread that is written first must not count as this one.
        PUT.incrementAndGet();
        boolean added = false;
        try {
            added = LATER.add(write);
        } finally {
            // There may be no memory for it, and flush() would always wait for it.
            if (!added) {
                PUT.decrementAndGet();
            }
        }
        writeLater(pool);
    }

    private static void writeLater(Executor pool) {
        if (!LATER.isEmpty() && WRITING.compareAndSet(false, true)) {
            boolean begun = false;
            try {
                pool.execute(() -> write(pool));
                begun = true;
            } finally {
                if (!begun) {
                    WRITING.set(false);
                }
            }
        }
    }

    private static void write(Executor pool) {
        try {
            Runnable next;
            while ((next = LATER.poll()) != null) {
                try {
                    next.run();
                } finally {
                    WRITTEN.incrementAndGet();
                }
            }
            logDropped();
            readLevel();
        } finally {
            WRITING.set(false);
            writeLater(pool);
        }
    }

    private static void logDropped() {
        long dropped = DROPPED.getAndSet(0);
        if (dropped > 0) {
            try {
                logger().warn("{} lines were dropped, because the log is too slow", dropped);
            } catch (Throwable ignored) {
                // As in log().
            }
        }
    }

    /** Waits until all lines added before are written, {@value #PATIENCE_MILLIS} ms at most. */
    public static void flush() {
        flush(PATIENCE_MILLIS);
    }

    /**
     * As {@link #flush}, but {@value #LAST_PATIENCE_MILLIS} ms at most: for the last lines of the JVM, whose threads
     * end with it.
     */
    public static void flushLast() {
        flush(LAST_PATIENCE_MILLIS);
    }

    private static void flush(long patienceMillis) {
        long put = PUT.get();
        if (WRITTEN.get() >= put) {
            return;
        }
        Deadline limit = Deadline.in(patienceMillis * 1_000_000);
        while (WRITTEN.get() < put && !limit.hasCome()) {
            LockSupport.parkNanos(NAP_NANOS);
        }
    }

    /** Logs at debug. */
    public static void debug(Source source, String text, Object... keyValues) {
        if (isDebug()) {
            later(source, Level.DEBUG, () -> text, null, keyValues);
        }
    }

    /** Whether {@link #debug} logs. For callers whose text is expensive. */
    public static boolean isDebug() {
        return debug;
    }

    /** Asks the back end whether it logs at debug, which may block. The pool does so when it has written lines. */
    public static void readLevel() {
        try {
            debug = logger().isDebugEnabled();
        } catch (Throwable ignored) {
            // As below.
        }
    }

    /** Logs at info. */
    public static void info(Source source, Supplier<String> text) {
        later(source, Level.INFO, text, null);
    }

    /** Logs at warn. */
    public static void warn(Source source, Supplier<String> text, Throwable cause, Object... keyValues) {
        later(source, Level.WARN, text, cause, keyValues);
    }

    /** Logs at error. */
    public static void error(Source source, Supplier<String> text, Throwable cause) {
        later(source, Level.ERROR, text, cause);
    }

    private static void later(Source source, Level level, Supplier<String> text, Throwable cause, Object... keyValues) {
        Subject subject = source.subject();
        later(source::onPool, () -> log(level, subject, text, cause, keyValues));
    }

    private static void log(Level level, Subject subject, Supplier<String> text, Throwable cause, Object... keyValues) {
        try {
            LoggingEventBuilder event = logger().atLevel(level);
            event = event.addKeyValue("name", subject.name()).addKeyValue("pid", subject.pid());
            for (int i = 0; i + 1 < keyValues.length; i += 2) {
                event = event.addKeyValue(String.valueOf(keyValues[i]), keyValues[i + 1]);
            }
            event = cause == null ? event : event.setCause(cause);
            event.log(() -> subject + ": " + text.get());
        } catch (Throwable ignored) {
            // The log itself has failed: there is no other place to write to.
        }
    }
}
