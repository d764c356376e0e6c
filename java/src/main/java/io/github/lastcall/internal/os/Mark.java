package io.github.lastcall.internal.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The mark of a process and its descendants: an environment variable with this number in its name (Linux). The layout
 * is that of {@code lastcall.h}.
 *
 * @param number the number
 */
public record Mark(long number) {

    private static final String PREFIX = "LASTCALL_";

    /** How many ticks of the clock of proc_pid_stat(5) a second has. */
    private static final int TICKS = 100;

    private static final long LOWER_HALF = 0xffff_ffffL;

    /**
     * Creates a unique mark.
     *
     * @throws IOException the clock cannot be read
     */
    public static Mark create() throws IOException {
        String uptime = Files.readString(Path.of("/proc/uptime"));
        long ticks = (long) (Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * TICKS);
        return new Mark(ticks << Integer.SIZE | ThreadLocalRandom.current().nextInt() & LOWER_HALF);
    }

    /** The name of the environment variable. */
    public String variable() {
        return PREFIX + String.format("%016x", number);
    }
}
