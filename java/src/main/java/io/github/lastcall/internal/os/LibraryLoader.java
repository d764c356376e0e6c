package io.github.lastcall.internal.os;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.generated.LastcallNative;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.net.URL;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Loads the C library, once. If the property {@value #LIBRARY} names a file, that one and no other; else the bundled
 * library for this platform. It is unpacked into a new directory that only this user can enter, so that nobody can put
 * another library there, and that is deleted afterwards. A directory can remain if the JVM is killed meanwhile, or on
 * Windows, where a loaded library cannot be deleted. The next JVM that unpacks a library an hour later deletes it.
 */
final class LibraryLoader {

    /** The system property that names the library to load, as an absolute path. */
    static final String LIBRARY = "io.github.lastcall.library";

    /** The system property that names the directory to unpack in, instead of {@code java.io.tmpdir}. */
    static final String TEMP_FOLDER = "io.github.lastcall.tmpdir";

    /** The system property with the LC_FEATURE_* that must not be used, as a number. For tests on a new kernel. */
    static final String DISABLE = "io.github.lastcall.disable";

    /** How many names for the directory to try. The first one is free unless another process guesses the nanosecond. */
    static final int MOST_NAMES = 100;

    /** The prefix of the directories for unpacked libraries. */
    private static final String FOLDER = "lastcall";

    /** What was made here and in {@link #temporaryFile}, and no file of the user. */
    private static final String LEFTOVER = FOLDER + "\\d+-(\\d+|guardian)";

    /** After which time an unpacked library counts as left behind: much longer than a load takes. */
    private static final Duration TO_BE_LOADED = Duration.ofHours(1);

    /** The program in the folder of the library that sends console events, on Windows. */
    private static final String EVENT_PROGRAM = "event.exe";

    /** The program in the folder of the library that stops processes when this JVM has ended. */
    private static final String GUARDIAN = "lastcall-guardian";

    /** The same on Windows. */
    private static final String GUARDIAN_PROGRAM = GUARDIAN + ".exe";

    /** The function behind {@link NativeCalls}. */
    private static final String ENTRY = "lc_invoke";

    private static final FunctionDescriptor ENTRY_TYPE = FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private static final String MORE_DESCRIPTORS =
            "This JVM has no file descriptor left: raise the limit (ulimit -n), or close some. The next start tries"
                    + " again.";

    private static final String ANOTHER_FOLDER =
            "Name a directory that is writable, has room and allows execution with -D" + TEMP_FOLDER
                    + "=<directory>, or a library that is already unpacked with -D" + LIBRARY + "=<absolute path>.";

    /** The directory of the library, where the programs for it are. Written before {@link #loaded}, read after it. */
    private static Optional<Path> libraryFolder = Optional.empty();

    /** Guards the two below. Not a monitor: a virtual thread that waits here must not pin its carrier. */
    private static final ReentrantLock LOCK = new ReentrantLock();

    /** Whether the library is loaded, even if it cannot be used: it must not be loaded twice. */
    private static boolean opened;

    private static volatile boolean loaded;
    private static long features;

    private LibraryLoader() {}

    /**
     * Loads the library unless it is loaded, and returns the features in use. After a failure the next call tries
     * again: a full directory may have room then.
     *
     * @throws UnsatisfiedLinkError the library cannot be used; the message says why and what to do
     */
    static long load() {
        if (loaded) {
            return features;
        }
        LOCK.lock();
        try {
            if (!loaded) {
                loadAndCheck();
                loaded = true;
            }
            return features;
        } finally {
            LOCK.unlock();
        }
    }

    private static void loadAndCheck() {
        try {
            if (!opened) {
                open();
                opened = true;
            }
            link();
            features = check(NativeCalls.init(Long.getLong(DISABLE, 0)));
        } catch (IllegalCallerException e) {
            throw linkError(
                    "This JVM forbids native access to Lastcall. Start it with " + nativeAccessFlag() + ".", e);
        } catch (InvalidPathException e) {
            throw linkError(
                    "The encoding of file names of this JVM, " + System.getProperty("sun.jnu.encoding")
                            + ", lacks a character of " + e.getInput() + ". Start it with another locale, for example"
                            + " LC_ALL=C.UTF-8. Or: " + ANOTHER_FOLDER,
                    e);
        }
    }

    private static void open() {
        String override = System.getProperty(LIBRARY);
        if (override == null) {
            loadBundled();
        } else {
            loadOverride(override);
        }
    }

    /**
     * Does what the static initializer of the bindings will do, which nothing can repeat: if it failed there, it would
     * have failed for ever. There it finds what is made here.
     */
    private static void link() {
        Optional<MemorySegment> entry = SymbolLookup.loaderLookup().find(ENTRY);
        if (entry.isEmpty()) {
            throw linkError(
                    "The library that was loaded is not Lastcall's. Remove -D" + LIBRARY
                            + ", or name the right file with it.",
                    null);
        }
        Linker.nativeLinker().downcallHandle(entry.get(), ENTRY_TYPE);
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
            libraryFolder = Optional.ofNullable(Path.of(path).getParent());
        } catch (UnsatisfiedLinkError e) {
            throw linkError(
                    "Cannot load the library that the system property " + LIBRARY + " names: " + e.getMessage()
                            + (isOutOfDescriptors() ? ". " + MORE_DESCRIPTORS : ""),
                    e);
        }
    }

    private static void loadBundled() {
        try (InputStream library = bundled(resource(System.mapLibraryName("lastcall")))) {
            unpackAndLoad(library);
        } catch (IOException e) {
            throw linkError(
                    "Cannot unpack the native library into " + tempFolder() + ": " + reason(e) + ". " + wayOut(), e);
        }
    }

    private static InputStream bundled(String resource) throws IOException {
        InputStream library = LibraryLoader.class.getResourceAsStream(resource);
        if (library != null) {
            return library;
        }
        // It may be there and fail to open, which that call does not say.
        URL there = LibraryLoader.class.getResource(resource);
        if (there == null) {
            throw linkError(
                    "Lastcall has no native library for the platform " + platform() + " (" + resource
                            + "). Build it from native/ and name it with -D" + LIBRARY + "=<absolute path>.",
                    null);
        }
        return there.openStream();
    }

    /** Without the path, whose name is another one each time. */
    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such directory";
        }
        if (e instanceof AccessDeniedException) {
            return "access denied";
        }
        return e instanceof FileSystemException failure && failure.getReason() != null
                ? failure.getReason()
                : e.toString();
    }

    private static String resource(String file) {
        return "/io/github/lastcall/native/" + platform() + "/" + file;
    }

    private static void unpackAndLoad(InputStream library) throws IOException {
        boolean stays = platform().startsWith("windows");
        Path folder = createFolder(tempFolder(), name());
        boolean succeeded = false;
        try {
            deleteLeftovers(folder);
            unpackAndLoad(library, folder);
            succeeded = true;
        } finally {
            if (!stays || !succeeded) {
                deleteUnpacked(folder);
            }
        }
    }

    private static void unpackAndLoad(InputStream library, Path into) throws IOException {
        Path file = into.resolve(System.mapLibraryName("lastcall"));
        Files.copy(library, file);
        // Only for Windows. On other systems a search would open every jar of the class path.
        if (Family.WINDOWS) {
            unpack(EVENT_PROGRAM, into);
        }
        try {
            System.load(file.toAbsolutePath().toString());
        } catch (UnsatisfiedLinkError e) {
            String why = e.getMessage().replace(file.toAbsolutePath() + ": ", "");
            throw linkError(
                    "Cannot load the native library from " + tempFolder() + ": " + why + ". "
                            + (isOutOfDescriptors() ? MORE_DESCRIPTORS : "Is it mounted noexec? " + ANOTHER_FOLDER),
                    e);
        }
        libraryFolder = Optional.of(into.toAbsolutePath());
    }

    /** Unpacks a program, if there is one for this platform: all of it, or nothing. */
    private static void unpack(String program, Path into) throws IOException {
        Path file = into.resolve(program);
        try (InputStream content = LibraryLoader.class.getResourceAsStream(resource(program))) {
            if (content != null) {
                Files.copy(content, file);
            }
        } catch (IOException e) {
            deleteIfPossible(file);
            throw e;
        }
    }

    /** A file that cannot be deleted does no harm and does not make the load fail. */
    private static void deleteUnpacked(Path folder) {
        deleteIfPossible(folder.resolve(System.mapLibraryName("lastcall")));
        deleteIfPossible(folder.resolve(EVENT_PROGRAM));
        deleteIfPossible(folder.resolve(GUARDIAN_PROGRAM));
        deleteIfPossible(folder);
    }

    /** Opens the program of the guardian for this platform. */
    static InputStream guardian() throws IOException {
        InputStream program = LibraryLoader.class.getResourceAsStream(resource(GUARDIAN));
        if (program == null) {
            throw new IOException("there is none for the platform " + platform() + " in this jar");
        }
        return program;
    }

    /** Returns the absolute path of a file that can be made for a moment. A File can have every name, a Path cannot. */
    static String temporaryFile(String what) {
        return new File(tempFolderName(), name() + what).getAbsolutePath();
    }

    /** Without the pid: the JDK's handles take a fresh JVM milliseconds, and a name that is taken is seen. */
    private static String name() {
        return FOLDER + System.nanoTime() + "-";
    }

    /** Returns the program that sends console events, on Windows; empty: there is none. */
    static Optional<Path> eventProgram() {
        return program(EVENT_PROGRAM);
    }

    private static Optional<Path> program(String name) {
        return libraryFolder.map(path -> path.resolve(name)).filter(Files::isRegularFile);
    }

    /**
     * Returns the file of the guardian's program on Windows, where the file of a running program cannot be deleted. The
     * first guardian unpacks it next to the library, and so does the next one if it is gone.
     */
    static Path guardianFile() throws IOException {
        Optional<Path> file = program(GUARDIAN_PROGRAM);
        if (file.isEmpty() && System.getProperty(LIBRARY) == null) {
            unpack(GUARDIAN_PROGRAM, libraryFolder.orElseThrow());
            file = program(GUARDIAN_PROGRAM);
        }
        return file.orElseThrow(() -> new IOException("there is no " + GUARDIAN_PROGRAM + " next to the library"));
    }

    /** Deletes the directories that other JVMs have left. Links are not followed: they may lead to files of others. */
    private static void deleteLeftovers(Path own) {
        String[] names = tempFolder().toFile().list();
        for (String name : names == null ? new String[0] : names) {
            // A regular expression takes a fresh JVM milliseconds, so it comes last.
            if (name.startsWith(FOLDER) && !own.endsWith(name) && name.matches(LEFTOVER)) {
                deleteIfOld(own.resolveSibling(name), own);
            }
        }
    }

    /** If the library in it is in use and cannot be deleted, the directory remains. */
    private static void deleteIfOld(Path left, Path own) {
        Path file = left.resolve(System.mapLibraryName("lastcall"));
        Instant old = Instant.now().minus(TO_BE_LOADED);
        try {
            if (Files.getLastModifiedTime(left, NOFOLLOW_LINKS).toInstant().isBefore(old)
                    && !Files.isSymbolicLink(left)
                    && Files.getOwner(left, NOFOLLOW_LINKS).equals(Files.getOwner(own, NOFOLLOW_LINKS))) {
                deleteIfPossible(file);
                if (!Files.exists(file)) {
                    deleteUnpacked(left);
                }
            }
        } catch (IOException e) {
            // The next JVM tries again.
        }
    }

    private static void deleteIfPossible(Path path) {
        try {
            Files.deleteIfExists(path);
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

    /** As createTempDirectory does it. Without POSIX permissions the temporary directory itself belongs to the user. */
    private static FileAttribute<?>[] onlyForOwner(Path parent) {
        if (!parent.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        };
    }

    private static Path tempFolder() {
        return Path.of(tempFolderName());
    }

    private static String tempFolderName() {
        return System.getProperty(TEMP_FOLDER, System.getProperty("java.io.tmpdir"));
    }

    /** A JVM that is out of descriptors needs no other directory. */
    private static String wayOut() {
        return isOutOfDescriptors() ? MORE_DESCRIPTORS : ANOTHER_FOLDER;
    }

    /** Found out by a try, because the text of the error is in the user's language. */
    private static boolean isOutOfDescriptors() {
        Path file = Path.of(System.getProperty("java.home"), "lib", "modules");
        try (InputStream ofJava = Files.newInputStream(file)) {
            return false;
        } catch (NoSuchFileException | AccessDeniedException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static long check(long initialized) {
        requireSuccess(initialized);
        if (NativeCalls.abi(initialized) != LastcallNative.LC_ABI) {
            throw linkError(
                    "The native library does not have version " + LastcallNative.LC_ABI
                            + " of the contract, which these classes need. Use the library of the same Lastcall jar:"
                            + " remove -D" + LIBRARY + ", or name the right file with it.",
                    null);
        }
        // A sandbox without waitid(): a child that cannot be looked at could not be stopped either.
        requireSuccess(NativeCalls.anyExit());
        return initialized;
    }

    private static void requireSuccess(long result) {
        if (result < 0) {
            OsException error = NativeCalls.error(result);
            throw linkError(
                    "Cannot find out what this system can do: " + error.getMessage() + ". "
                            + (error.symbol().equals("EMFILE") ? MORE_DESCRIPTORS : "The next start tries again."),
                    error);
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
