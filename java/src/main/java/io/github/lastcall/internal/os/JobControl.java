package io.github.lastcall.internal.os;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.generated.LastcallNative;
import io.github.lastcall.internal.os.generated.lc_signal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The signals of this JVM, for the command line, which runs between a shell and one command. It catches them until the
 * JVM ends, also those that Java cannot catch. For one thread.
 */
public final class JobControl {

    /** {@link Received#signal}: a child has stopped or ended. */
    public static final int CHILD = LastcallNative.LC_SIGCHLD;

    /** {@link Received#signal}: none, {@link #wake} was called. */
    public static final int WAKE_UP = 0;

    private static volatile List<Integer> kept = List.of();

    private static volatile Optional<byte[]> environment = Optional.empty();

    private static volatile Optional<byte[]> directory = Optional.empty();

    private final NativeOs os;
    private final long pipe;
    private final long wakeUps;

    private JobControl(NativeOs os, long ends) {
        this.os = os;
        this.pipe = (int) ends;
        this.wakeUps = ends >>> Integer.SIZE;
    }

    /**
     * A signal that was received.
     *
     * @param signal its number, {@link #CHILD} or {@link #WAKE_UP}
     * @param ofKernel whether the kernel has sent it, for example for a key of the terminal
     * @param pid the sender, 0: none
     */
    public record Received(int signal, boolean ofKernel, long pid) {}

    /**
     * Catches the signals.
     *
     * @return empty: this system cannot do it
     */
    public static Optional<JobControl> open() throws OsException {
        // When the JDK first reads the environment it sets SIGCHLD to its default: that must be behind us.
        System.getenv("PATH");
        NativeOs os = NativeOs.instance();
        long ends = NativeCalls.signalsOpen();
        if (ends < 0 && NativeCalls.category(ends) == LastcallNative.LC_ERR_UNSUPPORTED) {
            return Optional.empty();
        }
        return Optional.of(new JobControl(os, NativeCalls.check(ends)));
    }

    /** Lets every program started from now on inherit these descriptors if they are open. */
    public static void keep(List<Integer> descriptors) {
        kept = List.copyOf(descriptors);
    }

    static List<Integer> kept() {
        return kept;
    }

    /**
     * Gives every program started from now on this environment instead of that of this JVM.
     *
     * @param block entries that each end in NUL
     */
    public static void replaceEnvironment(byte[] block) {
        environment = Optional.of(block.clone());
    }

    /** Starts every program that names no directory in this one from now on, instead of that of this JVM. */
    public static void replaceDirectory(Path path) {
        directory = Optional.of(Family.bytes(path.toString()));
    }

    static Optional<byte[]> replacedDirectory() {
        return directory;
    }

    /** The environment of {@link #replaceEnvironment}; empty: programs get the environment of this JVM. */
    public static Optional<byte[]> replacedEnvironment() {
        return environment;
    }

    /** Waits for the next signal; empty: the time is up. */
    public Optional<Received> next(long timeoutNanos) throws OsException {
        os.await(Optional.empty(), -1, pipe, OsPort.READABLE, timeoutNanos);
        byte[] bytes = new byte[lc_signal.$SIZEOF];
        if (os.read(pipe, bytes, 0, bytes.length) != bytes.length) {
            return Optional.empty();
        }
        ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        return Optional.of(new Received(
                fields.getInt(lc_signal.signal$OFFSET),
                fields.getInt(lc_signal.code$OFFSET) == LastcallNative.LC_SIGNAL_OF_KERNEL,
                fields.getInt(lc_signal.pid$OFFSET)));
    }

    /** Ends the current wait, or the next one. From any thread. */
    public void wake() {
        try {
            os.write(wakeUps, new byte[lc_signal.$SIZEOF], 0, lc_signal.$SIZEOF);
        } catch (OsException e) {
            throw new AssertionError("a pipe whose reader is ours", e);
        }
    }

    /**
     * Does the default action of the signal to this JVM, without a core dump. Returns if that does not end the JVM;
     * after SIGTSTP when it was continued.
     */
    public void raise(int signal) throws OsException {
        NativeCalls.check(NativeCalls.signalsRaise(signal));
    }

    /** The signal that has stopped a child since the last call; 0: none, or a stop has reaped the child meanwhile. */
    public static int stopped(long pid) throws OsException {
        long signal = NativeCalls.stopped(pid);
        boolean reaped = signal < 0 && NativeCalls.category(signal) == LastcallNative.LC_ERR_GONE;
        return reaped ? 0 : (int) NativeCalls.check(signal);
    }

    /**
     * As pid 1 or a subreaper: reaps the children that it has inherited and that have exited. Does nothing otherwise.
     *
     * @param own the child to leave unreaped; while it is a zombie, other orphans may not be reaped either
     */
    public void reapOrphans(long own) {
        for (long orphan = NativeCalls.orphan(0); orphan > 0 && orphan != own; orphan = NativeCalls.orphan(0)) {
            NativeCalls.orphan(orphan);
        }
    }
}
