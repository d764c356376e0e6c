package io.github.lastcall.testing;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** The classes of a class path in one jar, as a program is shipped that is all in one. */
public final class OneJar {

    private final ZipOutputStream jar;
    private final Set<String> names = new HashSet<>();

    private OneJar(ZipOutputStream jar) {
        this.jar = jar;
    }

    /** Makes it of the folders in the class path and of the logging API, which is what programs of tests use. */
    public static Path of(String classPath, Path jar) {
        try (OutputStream file = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            OneJar one = new OneJar(zip);
            for (String entry : classPath.split(File.pathSeparator)) {
                one.add(Path.of(entry));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return jar;
    }

    private void add(Path entry) throws IOException {
        if (Files.isDirectory(entry)) {
            addFolder(entry);
        } else if (entry.getFileName().toString().startsWith("slf4j-api")) {
            try (FileSystem other = FileSystems.newFileSystem(entry)) {
                addFolder(other.getPath("/"));
            }
        }
    }

    private void addFolder(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString();
                if (names.add(name)) {
                    jar.putNextEntry(new ZipEntry(name));
                    Files.copy(file, jar);
                }
            }
        }
    }
}
