package io.github.lastcall.internal.os;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Quoted;
import io.github.lastcall.internal.os.generated.LastcallNative;
import io.github.lastcall.internal.os.generated.lc_guardian;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The program that stops processes when this JVM has ended, as the C library knows it: its file, its socket, and the
 * memory of the slots, which serves one guardian after the other. That memory is there for as long as a slot of it is
 * reachable.
 *
 * <p>{@link #start} is for one thread at a time.
 */
public final class NativeGuardian {

    /** The system property that names the program where it is installed, as an absolute path. */
    static final String PROGRAM = "io.github.lastcall.guardian";

    /** How many processes it can hold at the most. */
    private static final int SLOTS = 8192;

    private final MemorySegment struct = Arena.ofAuto().allocate(lc_guardian.$SIZEOF, Long.BYTES);
    private final ByteBuffer fields = struct.asByteBuffer().order(ByteOrder.nativeOrder());
    private volatile ByteBuffer memory = ByteBuffer.allocate(0);

    /** Creates it; nothing is started. */
    public NativeGuardian() {
        fields.putInt(lc_guardian.size$OFFSET, lc_guardian.$SIZEOF)
                .putInt(lc_guardian.slots$OFFSET, SLOTS)
                .putLong(lc_guardian.memory$OFFSET, -1)
                .putLong(lc_guardian.socket$OFFSET, -1);
    }

    /**
     * A guardian that watches.
     *
     * @param socket to it; readable once it has ended
     * @param slots how many processes it can hold: the slots below that number can be taken
     */
    public record Started(long socket, int slots) {}

    /**
     * Starts one, and returns when it watches. Blocks for some milliseconds, 5 s at the most.
     *
     * @param environment what the commands of steps get
     * @throws IOException it could not be started: an {@link OsException}, or caused by one, or there is no program
     */
    public Started start(EnvironmentBlock environment) throws IOException {
        String installed = System.getProperty(PROGRAM);
        String path = installed == null ? LibraryLoader.temporaryFile("guardian").toString() : installed;
        byte[] program = installed == null ? bundled() : new byte[0];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Math.max(1, program.length));
            bytes.asByteBuffer().put(program);
            fields.putLong(lc_guardian.program$OFFSET, installed == null ? bytes.address() : 0)
                    .putLong(lc_guardian.length$OFFSET, program.length)
                    .putLong(lc_guardian.path$OFFSET, NativeCalls.string(arena, Family.bytes(path)).address())
                    .putLong(lc_guardian.environment$OFFSET, environment.address());
            int slots = installed == null ? open() : openInstalled(path);
            long socket = fields.getLong(lc_guardian.socket$OFFSET);
            fields.putLong(lc_guardian.socket$OFFSET, -1);
            if (memory.capacity() == 0) {
                memory = mapped();
            }
            return new Started(socket, slots);
        }
    }

    private int open() throws OsException {
        return (int) NativeCalls.check(NativeCalls.guardianOpen(struct));
    }

    private int openInstalled(String path) throws IOException {
        try {
            return open();
        } catch (OsException e) {
            String where = "the system property " + PROGRAM + " names " + Quoted.of(path);
            throw new IOException(where + ": " + e.getMessage(), e);
        }
    }

    private static byte[] bundled() throws IOException {
        try (InputStream program = LibraryLoader.guardian()) {
            return program.readAllBytes();
        }
    }

    /** Unmapped, and its handle closed, when no slot can be written any more. */
    private ByteBuffer mapped() {
        MemorySegment closed = struct;
        return MemorySegment.ofAddress(fields.getLong(lc_guardian.address$OFFSET))
                .reinterpret(
                        (1L + SLOTS) * LastcallNative.LC_SLOT_BYTES,
                        Arena.ofAuto(),
                        all -> NativeCalls.guardianClose(closed))
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    /** Takes a slot that nobody has. */
    public GuardianSlot slot(int number) {
        return new GuardianSlot(memory, number);
    }
}
