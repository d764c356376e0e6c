package io.github.lastcall.internal.os;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;

/** The family of OS that this JVM runs on, and the few things that Java has to know of it. All else is C. */
public final class Family {

    /** Whether it is Windows. */
    public static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

    /** Whether it is Linux. */
    public static final boolean LINUX = System.getProperty("os.name", "").startsWith("Linux");

    /** What the JDK decodes environment and arguments with, on Unix. */
    public static final Charset ENCODING = Charset.forName(
            System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name()));

    /** The name of what ends a group by force. */
    public static final String KILL = WINDOWS ? "TerminateJobObject" : "SIGKILL";

    /** The name of the event that asks a group on Windows to leave. */
    public static final String CTRL_BREAK = "CTRL_BREAK_EVENT";

    /** What a process exits with on Windows that was ended by force; it may do so by itself as well. */
    public static final int KILLED_CODE = 1;

    private Family() {}

    /** Returns strings as the OS gets them. */
    public static List<byte[]> bytes(List<String> texts) {
        List<byte[]> all = new ArrayList<>(texts.size());
        for (String text : texts) {
            all.add(bytes(text));
        }
        return all;
    }

    /**
     * Returns a string as the OS gets it: on Unix in the encoding that the JDK uses for that, on Windows its UTF-16
     * units as they are.
     */
    public static byte[] bytes(String text) {
        if (!WINDOWS) {
            return text.getBytes(ENCODING);
        }
        ByteBuffer units = ByteBuffer.allocate(2 * text.length()).order(ByteOrder.nativeOrder());
        units.asCharBuffer().put(text);
        return units.array();
    }
}
