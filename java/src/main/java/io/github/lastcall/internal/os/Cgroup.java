package io.github.lastcall.internal.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A cgroup for one process: a leaf below the cgroup of this JVM, never above it (Linux, cgroup v2). It is removed when
 * it is empty. The leaf of a JVM that ended before is removed by the next JVM that creates one here.
 *
 * <p>The name of a leaf identifies its JVM: {@code lastcall-PIDNAMESPACE-PID-STARTTIME-NUMBER}. For another pid
 * namespace it is not known whether that JVM runs.
 */
public final class Cgroup {

    private static final String PREFIX = "lastcall-";

    /** The index of starttime among the fields of proc_pid_stat(5) that follow the command. */
    private static final int START_TIME = 19;

    /** The text of EAGAIN. */
    private static final String LIMITED = "Resource temporarily unavailable";

    private static final AtomicLong COUNT = new AtomicLong();
    private static final AtomicBoolean SWEPT = new AtomicBoolean();

    /** Cgroups that could not be removed because a process was in them. */
    private static final Queue<Path> LEFT = new ConcurrentLinkedQueue<>();

    private final Path path;

    private Cgroup(Path path) {
        this.path = path;
    }

    /**
     * Creates a leaf, and removes the leaves that other JVMs have left.
     *
     * @throws IOException no leaf can be created; the message says why
     */
    public static Cgroup create() throws IOException {
        Path parent = Parent.find();
        removeLeft();
        String owner = owner();
        if (!SWEPT.getAndSet(true)) {
            sweep(parent, owner);
        }
        Path leaf = parent.resolve(PREFIX + owner + "-" + COUNT.incrementAndGet());
        try {
            Files.createDirectory(leaf);
        } catch (AccessDeniedException e) {
            throw new IOException("the cgroup of this JVM, " + parent + ", is not delegated to its user", e);
        } catch (FileSystemException e) {
            throw new IOException("no cgroup can be created in " + parent + ": " + reason(e), e);
        }
        if (!takesProcesses(leaf)) {
            remove(leaf);
            throw new IOException("the cgroup of this JVM, " + parent + ", is threaded or has a threaded cgroup below "
                    + "it, so no other cgroup below it can have processes");
        }
        return new Cgroup(leaf);
    }

    /** EAGAIN says too little: here it is the error for a limit. */
    private static String reason(FileSystemException e) {
        String limit = " (cgroup.max.depth or cgroup.max.descendants is reached there or above)";
        return e.getReason() + (LIMITED.equals(e.getReason()) ? limit : "");
    }

    /** Before Linux 4.14 no cgroup has a type. */
    private static boolean takesProcesses(Path cgroup) {
        try {
            return !Files.readString(cgroup.resolve("cgroup.type")).strip().equals("domain invalid");
        } catch (IOException none) {
            return true;
        }
    }

    /** Returns why no leaf can be created; empty: it can. */
    public static Optional<String> refusal() {
        try {
            create().remove();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** Its directory. */
    public Path path() {
        return path;
    }

    /** Removes it, or later if a process is in it. */
    public void remove() {
        if (!remove(path)) {
            LEFT.add(path);
        }
    }

    private static void removeLeft() {
        for (int i = LEFT.size(); i > 0; i--) {
            Path leaf = LEFT.poll();
            if (leaf != null && !remove(leaf)) {
                LEFT.add(leaf);
            }
        }
    }

    /** Removes it with the cgroups below it. Returns whether nothing is left. */
    private static boolean remove(Path cgroup) {
        try (DirectoryStream<Path> inside = Files.newDirectoryStream(cgroup, Files::isDirectory)) {
            for (Path below : inside) {
                remove(below);
            }
            return Files.deleteIfExists(cgroup);
        } catch (IOException populated) {
            return !Files.exists(cgroup);
        }
    }

    private static String owner() throws IOException {
        String namespace = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
        long pid = ProcessHandle.current().pid();
        return namespace.replaceAll("\\D", "") + "-" + pid + "-" + startTime(pid).orElse("0");
    }

    /** Returns when a process was started; empty: there is no such process. */
    private static Optional<String> startTime(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            return Optional.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[START_TIME]);
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    private static void sweep(Path parent, String owner) {
        String namespace = PREFIX + owner.substring(0, owner.indexOf('-')) + "-";
        try (DirectoryStream<Path> leaves = Files.newDirectoryStream(parent, namespace + "*")) {
            for (Path leaf : leaves) {
                String[] parts = leaf.getFileName().toString().substring(namespace.length()).split("-");
                if (parts.length == 3 && !startTime(Long.parseLong(parts[0])).equals(Optional.of(parts[1]))) {
                    remove(leaf);
                }
            }
        } catch (IOException | NumberFormatException notNow) {
            // The next JVM removes it.
        }
    }

    /** Finds the cgroup that this JVM is in. */
    private static final class Parent {

        private static final String CGROUPS = "/proc/self/cgroup";
        private static final String UNIFIED = "0::";

        static Path find() throws IOException {
            String own = own();
            boolean readOnly = false;
            for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
                Optional<Path> directory = directory(line, own);
                readOnly |= directory.isPresent() && isReadOnly(line);
                // Another mount may hide it, where the same directory exists.
                if (directory.isPresent()
                        && !isReadOnly(line)
                        && Files.exists(directory.get().resolve("cgroup.procs"))) {
                    return directory.get();
                }
            }
            throw new IOException(readOnly
                    ? "the cgroup file system is mounted read-only"
                    : "the cgroup of this JVM (" + own + ") is in no mounted cgroup v2 file system");
        }

        private static String own() throws IOException {
            for (String line : Files.readAllLines(Path.of(CGROUPS))) {
                if (line.startsWith(UNIFIED)) {
                    return line.substring(UNIFIED.length());
                }
            }
            throw new IOException("this host has no cgroup v2");
        }

        /** A line of mountinfo: ID PARENT DEVICE ROOT MOUNTPOINT OPTIONS ... - TYPE SOURCE OPTIONS. */
        private static Optional<Path> directory(String line, String own) {
            String[] fields = line.split(" ");
            String root = fields[3].equals("/") ? "" : unescaped(fields[3]);
            boolean below = own.startsWith(root + "/") || own.equals(root);
            return line.contains(" - cgroup2 ") && below && !own.startsWith("/..")
                    ? Optional.of(Path.of(unescaped(fields[4]) + own.substring(root.length())))
                    : Optional.empty();
        }

        private static boolean isReadOnly(String line) {
            String options = line.split(" ")[5] + "," + line.substring(line.lastIndexOf(' ') + 1);
            return ("," + options + ",").contains(",ro,");
        }

        /** Decodes blanks and the like, which are written as a backslash and three octal digits. */
        private static String unescaped(String field) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < field.length(); i++) {
                boolean escape = field.charAt(i) == '\\' && i + 3 < field.length();
                text.append(escape ? (char) Integer.parseInt(field.substring(i + 1, i + 4), 8) : field.charAt(i));
                i += escape ? 3 : 0;
            }
            return text.toString();
        }
    }
}
