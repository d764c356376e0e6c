package io.github.lastcall.internal.ffi;

import io.github.lastcall.internal.ffi.generated.LastcallNative;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Loads the C library, once for all. Order: the file that {@value #LIBRARY} names and no other; else the library that
 * is bundled for this platform, unpacked into a fresh directory that only this user can enter, which is gone again when
 * this returns. So nothing is left behind by a JVM that is killed, and nobody can have put another library there. On
 * Windows, where a library in use cannot be deleted, the next JVM deletes it that unpacks one an hour later.
 */
public final class LibraryLoader {

    /** The system property that names the library to load, as an absolute path. */
    static final String LIBRARY = "io.github.lastcall.library";

    /** The system property that names the directory to unpack in, instead of {@code java.io.tmpdir}. */
    static final String TEMP_FOLDER = "io.github.lastcall.tmpdir";

    /** The system property with the LC_FEATURE_* to do without, as a number. For tests on a new kernel. */
    static final String DISABLE = "io.github.lastcall.disable";

    /** How many names for the directory to try. The first one is free unless somebody guesses the nanosecond. */
    static final int MOST_NAMES = 100;

    /** How the directories begin that libraries are unpacked into. */
    private static final String FOLDER = "lastcall";

    /** How long what was unpacked stays for the JVM that did it to load it: far longer than that takes. */
    private static final Duration TO_BE_LOADED = Duration.ofHours(1);

    /** The program beside the library that sends console events, on Windows. */
    private static final String EVENT_PROGRAM = "event.exe";

    /** Written before {@link #loaded} and read after it. */
    private static Optional<Path> eventProgram = Optional.empty();

    /** Guards the two below. Not a monitor: a virtual thread that waits here must not pin its carrier. */
    private static final ReentrantLock LOCK = new ReentrantLock();

    private static Optional<UnsatisfiedLinkError> failure = Optional.empty();
    private static volatile boolean loaded;

    private LibraryLoader() {}

    /**
     * Loads the library unless that has been done.
     *
     * @throws UnsatisfiedLinkError it cannot be used; the message says why and what to do. Every later call says the
     *     same
     */
    public static void load() {
        if (loaded) {
            return;
        }
        LOCK.lock();
        try {
            if (failure.isPresent()) {
                throw linkError(failure.get().getMessage(), failure.get());
            }
            loadOnce();
        } finally {
            LOCK.unlock();
        }
    }

    private static void loadOnce() {
        try {
            if (!loaded) {
                loadAndCheck();
                loaded = true;
            }
        } catch (UnsatisfiedLinkError e) {
            failure = Optional.of(e);
            throw e;
        }
    }

    private static void loadAndCheck() {
        try {
            String override = System.getProperty(LIBRARY);
            if (override == null) {
                loadBundled();
            } else {
                loadOverride(override);
            }
            check(abi());
            NativeCalls.init(Long.getLong(DISABLE, 0));
        } catch (IllegalCallerException e) {
            throw linkError(
                    "This JVM forbids native access to Lastcall. Start it with " + nativeAccessFlag() + ".", e);
        }
    }

    private static String nativeAccessFlag() {
        Module module = LibraryLoader.class.getModule();
        return "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }

    private static void loadOverride(String path) {
        if (!Path.of(path).isAbsolute()) {
            throw linkError("The system property " + LIBRARY + " is not an absolute path: " + path, null);
        }
        try {
            System.load(path);
            Path program = Path.of(path).resolveSibling(EVENT_PROGRAM);
            eventProgram = Files.isRegularFile(program) ? Optional.of(program) : Optional.empty();
        } catch (UnsatisfiedLinkError e) {
            throw linkError(
                    "Cannot load the library that the system property " + LIBRARY + " names: " + e.getMessage(), e);
        }
    }

    private static void loadBundled() {
        String resource = resource(System.mapLibraryName("lastcall"));
        try (InputStream library = LibraryLoader.class.getResourceAsStream(resource)) {
            if (library == null) {
                throw linkError(
                        "Lastcall has no native library for the platform " + platform() + " (" + resource
                                + "). Build it from native/ and name it with -D" + LIBRARY + "=<absolute path>.",
                        null);
            }
            unpackAndLoad(library);
        } catch (IOException e) {
            throw linkError(
                    "Cannot unpack the native library into " + tempFolder() + ": " + e + ". " + wayOut(), e);
        }
    }

    private static String resource(String file) {
        return "/io/github/lastcall/native/" + platform() + "/" + file;
    }

    private static void unpackAndLoad(InputStream library) throws IOException {
        boolean stays = platform().startsWith("windows");
        if (stays) {
            deleteLeftovers();
        }
        String prefix = FOLDER + ProcessHandle.current().pid() + "-" + System.nanoTime() + "-";
        Path folder = createFolder(tempFolder(), prefix);
        Path file = folder.resolve(System.mapLibraryName("lastcall"));
        try {
            Files.copy(library, file);
            System.load(file.toAbsolutePath().toString());
        } catch (UnsatisfiedLinkError e) {
            throw linkError(
                    "Cannot load the native library from " + tempFolder() + " (is it mounted noexec?): "
                            + e.getMessage() + ". " + wayOut(),
                    e);
        } finally {
            if (!stays) {
                Files.deleteIfExists(file);
                Files.deleteIfExists(folder);
            }
        }
        if (stays) {
            unpackEventProgram(folder.resolve(EVENT_PROGRAM));
        }
    }

    /** Where it is missing events cannot be sent to a hidden console, and all else works. */
    private static void unpackEventProgram(Path file) throws IOException {
        try (InputStream program = LibraryLoader.class.getResourceAsStream(resource(EVENT_PROGRAM))) {
            if (program != null) {
                Files.copy(program, file);
                eventProgram = Optional.of(file.toAbsolutePath());
            }
        }
    }

    /** Returns the program that sends console events, on Windows; empty: there is none. */
    public static Optional<Path> eventProgram() {
        return eventProgram;
    }

    /** What cannot be deleted is still in use, or another's: it stays. */
    private static void deleteLeftovers() {
        Instant old = Instant.now().minus(TO_BE_LOADED);
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(tempFolder(), FOLDER + "[0-9]*")) {
            for (Path folder : folders) {
                Path file = folder.resolve(System.mapLibraryName("lastcall"));
                if (Files.isRegularFile(file) && Files.getLastModifiedTime(file).toInstant().isBefore(old)) {
                    deleteIfPossible(file);
                    if (!Files.exists(file)) {
                        deleteIfPossible(folder.resolve(EVENT_PROGRAM));
                        deleteIfPossible(folder);
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // The next JVM tries again.
        }
    }

    private static void deleteIfPossible(Path path) {
        try {
            Files.delete(path);
        } catch (IOException inUse) {
            // As above.
        }
    }

    /**
     * Creates a directory that only this user can enter. Not by createTempDirectory: the SecureRandom behind its names
     * takes a fresh JVM more than ten milliseconds. Nothing here needs a name that cannot be guessed: whatever has it
     * already, a link too, makes the creation fail, and the next name is tried.
     */
    static Path createFolder(Path parent, String prefix) throws IOException {
        for (int i = 1; ; i++) {
            try {
                return Files.createDirectory(parent.resolve(prefix + i), onlyForOwner(parent));
            } catch (FileAlreadyExistsException e) {
                if (i == MOST_NAMES) {
                    throw e;
                }
            }
        }
    }

    /** As createTempDirectory does it: elsewhere the temporary directory itself is the user's. */
    private static FileAttribute<?>[] onlyForOwner(Path parent) {
        if (!parent.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        };
    }

    private static Path tempFolder() {
        return Path.of(System.getProperty(TEMP_FOLDER, System.getProperty("java.io.tmpdir")));
    }

    private static String wayOut() {
        return "Name a directory that is writable and allows execution with -D" + TEMP_FOLDER
                + "=<directory>, or a library that is already unpacked with -D" + LIBRARY + "=<absolute path>.";
    }

    private static long abi() {
        try {
            return NativeCalls.abi();
        } catch (UnsatisfiedLinkError | ExceptionInInitializerError e) {
            throw linkError(
                    "The library that was loaded is not Lastcall's. Remove -D" + LIBRARY
                            + ", or name the right file with it.",
                    e);
        }
    }

    private static void check(long abi) {
        if (abi != LastcallNative.LC_ABI()) {
            throw linkError(
                    "The native library speaks version " + abi + " of its contract, these classes speak version "
                            + LastcallNative.LC_ABI() + ". Use the library from the same Lastcall jar: remove -D"
                            + LIBRARY + ", or name the right file with it.",
                    null);
        }
    }

    /** The names that the build gives to platforms: linux-x86_64, macos-aarch64, ... */
    static String platform() {
        return os(System.getProperty("os.name")) + "-" + architecture(System.getProperty("os.arch"));
    }

    private static String os(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("mac")) {
            return "macos";
        }
        return lower.startsWith("windows") ? "windows" : lower;
    }

    private static String architecture(String name) {
        return name.equals("amd64") ? "x86_64" : name;
    }

    private static UnsatisfiedLinkError linkError(String message, Throwable cause) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError(message);
        error.initCause(cause);
        return error;
    }
}
