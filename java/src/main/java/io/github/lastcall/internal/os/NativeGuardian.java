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
 * The program of the guardian, for the C library: its file, its socket, and the memory of the slots, which all
 * guardians of this JVM use one after the other. That memory exists as long as one of its slots is reachable.
 *
 * <p>{@link #start} is for one thread at a time.
 */
public final class NativeGuardian {

    /** The system property that names the program where it is installed, as an absolute path. */
    static final String PROGRAM = "io.github.lastcall.guardian";

    /** The most processes that it can hold. */
    private static final int SLOTS = 8192;

    private final MemorySegment struct = Arena.ofAuto().allocate(lc_guardian.$SIZEOF, Long.BYTES);
    private final ByteBuffer fields = struct.asByteBuffer().order(ByteOrder.nativeOrder());
    private volatile ByteBuffer memory = ByteBuffer.allocate(0);

    /** Creates it without starting the program. */
    public NativeGuardian() {
        fields.putInt(lc_guardian.size$OFFSET, lc_guardian.$SIZEOF)
                .putInt(lc_guardian.slots$OFFSET, SLOTS)
                .putLong(lc_guardian.memory$OFFSET, -1)
                .putLong(lc_guardian.socket$OFFSET, -1);
    }

    /**
     * A guardian that runs.
     *
     * @param socket the socket to it; readable when it has ended
     * @param slots how many processes it can hold: slots below this number may be taken
     */
    public record Started(long socket, int slots) {}

    /**
     * Starts a guardian and returns when it is ready. Blocks for some milliseconds, 5 s at most.
     *
     * @param environment the environment for the commands of steps
     * @throws IOException it could not be started: an {@link OsException}, or caused by one, or there is no program
     */
    public Started start(EnvironmentBlock environment) throws IOException {
        String installed = System.getProperty(PROGRAM);
        boolean inFile = installed != null || Family.WINDOWS;
        String path = installed == null ? bundledPath() : installed;
        byte[] program = inFile ? new byte[0] : bundled();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Math.max(1, program.length));
            bytes.asByteBuffer().put(program);
            fields.putLong(lc_guardian.program$OFFSET, inFile ? 0 : bytes.address())
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

    /** Where it is on Windows; where a file of it may be created on other systems. */
    private static String bundledPath() throws IOException {
        return Family.WINDOWS
                ? LibraryLoader.guardianFile().toString()
                : LibraryLoader.temporaryFile("guardian");
    }

    private static byte[] bundled() throws IOException {
        try (InputStream program = LibraryLoader.guardian()) {
            return program.readAllBytes();
        }
    }

    /** The memory is unmapped and its handle closed when no slot is reachable. */
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

    /** Takes a free slot. */
    public GuardianSlot slot(int number) {
        return new GuardianSlot(memory, number);
    }
}
