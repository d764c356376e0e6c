package io.github.lastcall.internal.os;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.generated.LastcallNative;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The controlling terminal of this process, for the command line: its foreground process group and its settings. For
 * one thread. Errors are ignored: after a hangup there is nothing to do.
 */
public final class Terminal {

    private static final byte[] PATH = "/dev/tty".getBytes(StandardCharsets.US_ASCII);

    private final long handle;
    private final byte[] settings = new byte[LastcallNative.LC_TERMINAL_BYTES];

    private Terminal(long handle) {
        this.handle = handle;
    }

    /** Opens it; empty: there is none. {@link #restore} brings back the settings that it has now. */
    public static Optional<Terminal> open() {
        try {
            Terminal terminal = new Terminal(NativeOs.instance().open(PATH, OsPort.OpenMode.READ));
            NativeCalls.terminal(terminal.handle, LastcallNative.LC_TERMINAL_SAVE, terminal.settings);
            return Optional.of(terminal);
        } catch (OsException none) {
            return Optional.empty();
        }
    }

    /** Whether a group is in the foreground; 0: our own. */
    public boolean has(long group) {
        return NativeCalls.terminal(handle, LastcallNative.LC_TERMINAL_HAS, group) == 1;
    }

    /** Puts a group in the foreground; 0: our own. */
    public boolean give(long group) {
        return NativeCalls.terminal(handle, LastcallNative.LC_TERMINAL_GIVE, group) == 0;
    }

    /** Restores the settings that it had when it was opened. */
    public void restore() {
        NativeCalls.terminal(handle, LastcallNative.LC_TERMINAL_RESTORE, settings);
    }
}
