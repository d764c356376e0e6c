package io.github.lastcall.internal.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The directory for the library: no other user can enter it, or have created it before. */
class UnpackFolderTest {

    @TempDir
    private Path parent;

    @Test
    void onlyItsOwnerCanEnterIt() throws Exception {
        Path folder = LibraryLoader.createFolder(parent, "a");
        assertEquals(parent, folder.getParent());
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
    }

    @Test
    void whatIsThereAlreadyIsNotTaken() throws Exception {
        Path first = LibraryLoader.createFolder(parent, "a");
        Files.createSymbolicLink(parent.resolve("a2"), first);
        Files.createSymbolicLink(parent.resolve("a3"), parent.resolve("missing"));
        Files.createFile(parent.resolve("a4"));

        assertEquals(parent.resolve("a5"), LibraryLoader.createFolder(parent, "a"));
    }

    @Test
    void whenEveryNameIsTakenItIsNotTriedForEver() throws Exception {
        for (int i = 0; i < LibraryLoader.MOST_NAMES; i++) {
            LibraryLoader.createFolder(parent, "a");
        }
        assertThrows(FileAlreadyExistsException.class, () -> LibraryLoader.createFolder(parent, "a"));
    }

    @Test
    void aMissingParentIsNotMade() {
        Path missing = parent.resolve("missing");
        assertThrows(NoSuchFileException.class, () -> LibraryLoader.createFolder(missing, "a"));
    }
}
