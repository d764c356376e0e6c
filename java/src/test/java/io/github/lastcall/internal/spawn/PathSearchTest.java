package io.github.lastcall.internal.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lastcall.internal.os.Family;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PathSearchTest {

    private static List<String> candidates(String path, String program) {
        return new PathSearch(Optional.ofNullable(path).map(Family::bytes))
                .candidates(program).stream().map(bytes -> new String(bytes, Family.ENCODING)).toList();
    }

    @Test
    void aNameIsLookedForInEveryDirectoryInOrder() {
        assertEquals(List.of("/a/sh", "/b/c/sh"), candidates("/a:/b/c", "sh"));
    }

    @Test
    void anEmptyElementIsTheWorkingDirectory() {
        assertEquals(List.of("./sh", "/a/sh"), candidates(":/a", "sh"));
        assertEquals(List.of("/a/sh", "./sh", "/b/sh"), candidates("/a::/b", "sh"));
        assertEquals(List.of("/a/sh", "./sh", "./sh"), candidates("/a::", "sh"));
        assertEquals(List.of("./sh"), candidates("", "sh"));
    }

    @Test
    void withoutAPathTheJdksDefaultIsSearched() {
        assertEquals(List.of("/bin/sh", "/usr/bin/sh"), candidates(null, "sh"));
    }

    @Test
    void aNameWithASlashIsAPath() {
        assertEquals(List.of("/x/sh"), candidates("/a:/b", "/x/sh"));
        assertEquals(List.of("./sh"), candidates("/a:/b", "./sh"));
        assertEquals(List.of("x/"), candidates("/a:/b", "x/"));
    }

    @Test
    void anEmptyNameIsNotLookedForAnywhere() {
        assertEquals(List.of(""), candidates("/a:/b", ""));
    }
}
