package io.github.lastcall.internal.os;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Finds out which process listens on a port of this machine, by proc(5), on Linux only. May block: not for the loop.
 */
public final class ListeningSockets {

    /** Addresses as /proc/net/tcp has them: each 32 bits as a number of this machine, in hexadecimal. */
    private static final String LOOPBACK = "0100007F";

    private static final String ANY = "00000000";
    private static final String LOOPBACK6 = "00000000000000000000000001000000";
    private static final String ANY6 = "0".repeat(32);
    private static final String MAPPED_LOOPBACK = "0000000000000000FFFF0000" + LOOPBACK;

    private static final String LISTENING = "0A";

    private static final Path TCP = Path.of("/proc/net/tcp");
    private static final Path TCP6 = Path.of("/proc/net/tcp6");

    private ListeningSockets() {}

    /** Whether this system shows the listening sockets. */
    public static boolean areReadable() {
        return Files.isReadable(TCP);
    }

    /**
     * Returns whether one of these processes has the socket that accepts connections to a port. The most specific
     * address gets them: 127.0.0.1 of another process before 0.0.0.0 of a member. Processes of other users cannot be
     * read.
     *
     * @param loopback the address of the connection: 127.0.0.1 or ::1
     * @throws IOException the sockets cannot be read
     */
    public static boolean belongToOneOf(List<Long> pids, InetAddress loopback, int port) throws IOException {
        Set<String> sockets = new HashSet<>();
        for (String inode : inodes(loopback, port)) {
            sockets.add("socket:[" + inode + "]");
        }
        if (sockets.isEmpty()) {
            return false;
        }
        for (long pid : pids) {
            if (hasOneOf(pid, sockets)) {
                return true;
            }
        }
        return false;
    }

    private static List<String> inodes(InetAddress loopback, int port) throws IOException {
        if (loopback instanceof Inet6Address) {
            List<String> exact = inodes(TCP6, LOOPBACK6, port);
            return exact.isEmpty() ? inodes(TCP6, ANY6, port) : exact;
        }
        List<String> exact = inodes(TCP, LOOPBACK, port);
        exact.addAll(inodes(TCP6, MAPPED_LOOPBACK, port));
        if (!exact.isEmpty()) {
            return exact;
        }
        List<String> any = inodes(TCP, ANY, port);
        return any.isEmpty() ? inodes(TCP6, ANY6, port) : any;
    }

    /** A line is {@code 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 INODE ...}. */
    private static List<String> inodes(Path table, String address, int port) throws IOException {
        List<String> inodes = new ArrayList<>();
        if (!Files.isReadable(table)) {
            return inodes;
        }
        String local = address + ":" + String.format(Locale.ROOT, "%04X", port);
        for (String line : Files.readAllLines(table)) {
            String[] fields = line.strip().split(" +");
            if (fields.length > 9 && fields[1].equals(local) && fields[3].equals(LISTENING)) {
                inodes.add(fields[9]);
            }
        }
        return inodes;
    }

    private static boolean hasOneOf(long pid, Set<String> sockets) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (Path descriptor : descriptors) {
                if (sockets.contains(target(descriptor))) {
                    return true;
                }
            }
        } catch (IOException | DirectoryIteratorException goneOrNotOurs) {
            // Its descriptors cannot be read.
        }
        return false;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }
}
