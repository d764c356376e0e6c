package io.github.lastcall.internal.log;

import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The one door to the log. Whatever a logging back end throws stops here: a broken appender must not keep a process
 * from being stopped. For the same reason callers act first and log afterwards.
 */
public final class Log {

    private Log() {}

    /** Bound on first use, so that a program that never starts a process does not pay for it. */
    private static final class Holder {
        static final Logger LOGGER = LoggerFactory.getLogger("io.github.lastcall");
    }

    /**
     * Whom a line is about. Name and pid stand in the text, for the eye, and as key-value pairs, for the machine.
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

    /** Logs at debug. */
    public static void debug(Subject subject, String text, Object... keyValues) {
        if (isDebug()) {
            log(Level.DEBUG, subject, () -> text, null, keyValues);
        }
    }

    /** Whether {@link #debug} does anything; for those whose text is work. */
    public static boolean isDebug() {
        try {
            return Holder.LOGGER.isDebugEnabled();
        } catch (Throwable ignored) {
            // As below.
            return false;
        }
    }

    /** Logs at warn. */
    public static void warn(Subject subject, Supplier<String> text, Throwable cause, Object... keyValues) {
        log(Level.WARN, subject, text, cause, keyValues);
    }

    /** Logs at error what concerns no single process. */
    public static void error(String text, Throwable cause) {
        try {
            Holder.LOGGER.error(text, cause);
        } catch (Throwable ignored) {
            // As below.
        }
    }

    /** Logs at error. */
    public static void error(Subject subject, Supplier<String> text, Throwable cause, Object... keyValues) {
        log(Level.ERROR, subject, text, cause, keyValues);
    }

    private static void log(Level level, Subject subject, Supplier<String> text, Throwable cause, Object... keyValues) {
        try {
            LoggingEventBuilder event = Holder.LOGGER.atLevel(level);
            event = event.addKeyValue("name", subject.name()).addKeyValue("pid", subject.pid());
            for (int i = 0; i + 1 < keyValues.length; i += 2) {
                event = event.addKeyValue(String.valueOf(keyValues[i]), keyValues[i + 1]);
            }
            event = cause == null ? event : event.setCause(cause);
            event.log(() -> subject + ": " + text.get());
        } catch (Throwable ignored) {
            // There is nowhere left to tell it: the log is what failed.
        }
    }
}
