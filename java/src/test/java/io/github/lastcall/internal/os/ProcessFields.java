package io.github.lastcall.internal.os;

import io.github.lastcall.internal.os.generated.LastcallNative;
import io.github.lastcall.internal.os.generated.lc_process;

/** The fields of a {@link NativeProcess} that a wrapped {@link OsPort} reads and changes. */
public final class ProcessFields {

    private ProcessFields() {}

    /** What was requested. */
    public static int requested(NativeProcess process) {
        return process.half(lc_process.act$OFFSET);
    }

    /** Which processes the signal is sent to. */
    public static Scope scope(NativeProcess process) {
        return process.half(lc_process.scope$OFFSET) == Scope.GROUP.number() ? Scope.GROUP : Scope.LEADER;
    }

    /** As if the OS had refused the signal. */
    public static void failSend(NativeProcess process, int code) {
        set(process, lc_process.sent$OFFSET,
                LastcallNative.LC_CALL_PIDFD_SEND_SIGNAL, LastcallNative.LC_ERR_DENIED, code);
    }

    /** As if the look had failed. */
    public static void failLook(NativeProcess process, int code) {
        set(process, lc_process.looked$OFFSET, LastcallNative.LC_CALL_WAITID, LastcallNative.LC_ERR_OTHER, code);
    }

    private static void set(NativeProcess process, int offset, int call, int category, int code) {
        long result = -((long) call << 48 | (long) category << 32 | code);
        process.put(offset, (int) result);
        process.put(offset + Integer.BYTES, (int) (result >>> Integer.SIZE));
    }
}
