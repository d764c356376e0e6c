package io.github.lastcall.internal.os;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;

/** The family of OS that this JVM runs on, and the few facts about it that Java needs. Everything else is in C. */
public final class Family {

    /** Whether it is Windows. */
    public static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

    /** Whether it is Linux. */
    public static final boolean LINUX = System.getProperty("os.name", "").startsWith("Linux");

    /** The charset in which the JDK decodes environment and arguments on Unix. */
    public static final Charset ENCODING = Charset.forName(
            System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name()));

    /** The name of the forceful signal. */
    public static final String KILL = WINDOWS ? "TerminateJobObject" : "SIGKILL";

    /** The name of the graceful event on Windows. */
    public static final String CTRL_BREAK = "CTRL_BREAK_EVENT";

    /** The exit code of a process on Windows after the forceful end. A process may also exit with it by itself. */
    public static final int KILLED_CODE = 1;

    private Family() {}

    /** Encodes strings for the OS. */
    public static List<byte[]> bytes(List<String> texts) {
        List<byte[]> all = new ArrayList<>(texts.size());
        for (String text : texts) {
            all.add(bytes(text));
        }
        return all;
    }

    /** Encodes a string for the OS: on Unix in the charset of the JDK for this, on Windows as UTF-16. */
    public static byte[] bytes(String text) {
        if (!WINDOWS) {
            return text.getBytes(ENCODING);
        }
        ByteBuffer units = ByteBuffer.allocate(2 * text.length()).order(ByteOrder.nativeOrder());
        units.asCharBuffer().put(text);
        return units.array();
    }
}
