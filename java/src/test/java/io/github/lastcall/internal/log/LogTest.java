package io.github.lastcall.internal.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class LogTest {

    @Test
    void aLineThatNoThreadCouldWriteIsWrittenLater() {
        List<String> written = new ArrayList<>();
        Executor full = task -> {
            throw new OutOfMemoryError("no thread");
        };
        assertThrows(OutOfMemoryError.class, () -> Log.later(full, () -> written.add("first")));
        Log.later(Runnable::run, () -> written.add("second"));
        assertEquals(List.of("first", "second"), written);
    }
}
