package io.github.lastcall.internal.process;

import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.stdio.PipeInput;
import io.github.lastcall.internal.stdio.PipeOutput;
import java.util.Optional;

/**
 * The pipes to a child; empty where a stream is not a pipe.
 *
 * @param input its standard input
 * @param output its standard output
 * @param error its standard error
 */
public record Pipes(Optional<PipeOutput> input, Optional<PipeInput> output, Optional<PipeInput> error) {

    /** No pipes: for an attached process. */
    public static final Pipes NONE = new Pipes(Optional.empty(), Optional.empty(), Optional.empty());

    /** Takes our ends of the pipes after the start. */
    void open(NativeProcess process) {
        if (input.isPresent()) {
            input.get().open(process.in());
        }
        if (output.isPresent()) {
            output.get().open(process.out());
        }
        if (error.isPresent()) {
            error.get().open(process.err());
        }
    }

    /** Closes our ends. Idempotent. */
    void close() {
        input.ifPresent(PipeOutput::drop);
        output.ifPresent(PipeInput::close);
        error.ifPresent(PipeInput::close);
    }

    /** Closes our ends when no process of the group can write. A reader gets the rest first. Idempotent. */
    void closeAfterReaders() {
        input.ifPresent(PipeOutput::drop);
        output.ifPresent(PipeInput::closeAfterReader);
        error.ifPresent(PipeInput::closeAfterReader);
    }

    /** Records that a stop begins. */
    void stopBegins() {
        if (output.isPresent()) {
            output.get().stopBegins();
        }
        if (error.isPresent()) {
            error.get().stopBegins();
        }
    }

    /** Claims the pipes that no thread uses, so that the next act may close them. */
    void claim(NativeProcess process) {
        process.pipes(
                input.isPresent() ? input.get().claim() : -1,
                output.isPresent() ? output.get().claim() : -1,
                error.isPresent() ? error.get().claim() : -1);
    }

    /**
     * Releases the pipes that were claimed.
     *
     * @param in the claimed input, -1: none; likewise the two others
     * @param settle whether to settle the pipes that the act has not closed
     * @return whether the act has closed all pipes
     */
    boolean release(NativeProcess process, long in, long out, long err, boolean settle) {
        boolean inClosed = in >= 0 && process.in() < 0;
        boolean outClosed = out >= 0 && process.out() < 0;
        boolean errClosed = err >= 0 && process.err() < 0;
        if (in >= 0) {
            input.get().release(inClosed);
        }
        if (out >= 0) {
            output.get().release(outClosed, settle);
        }
        if (err >= 0) {
            error.get().release(errClosed, settle);
        }
        return (inClosed || input.isEmpty()) && (outClosed || output.isEmpty()) && (errClosed || error.isEmpty());
    }

    /** Takes what the pipes hold into memory and closes them. */
    void settle() {
        if (input.isPresent()) {
            input.get().drop();
        }
        if (output.isPresent()) {
            output.get().settle();
        }
        if (error.isPresent()) {
            error.get().settle();
        }
    }

    /** Begins to drain, so that the child does not block on its output. */
    void drain() {
        if (output.isPresent()) {
            output.get().drain();
        }
        if (error.isPresent()) {
            error.get().drain();
        }
    }

    /** Whether the memory for an output is full and no thread reads it. */
    boolean areFull() {
        return output.isPresent() && output.get().isFull() || error.isPresent() && error.get().isFull();
    }

    /** Whether the end of an output was seen: the child has exited or will soon, or has closed it. */
    boolean hasEndedOutput() {
        return output.isPresent() && output.get().isEnded() || error.isPresent() && error.get().isEnded();
    }

    /** Whether an output is collected. */
    boolean areCollected() {
        return output.isPresent() && output.get().collector().isPresent()
                || error.isPresent() && error.get().collector().isPresent();
    }

    /** Settles the outputs that are collected. {@link #deliver} has to follow. */
    void settleCollected() {
        if (output.isPresent() && output.get().collector().isPresent()) {
            output.get().settle();
        }
        if (error.isPresent() && error.get().collector().isPresent()) {
            error.get().settle();
        }
    }

    /** Ends the reading of outputs that were settled and have not ended. */
    void cutOff() {
        output.ifPresent(PipeInput::cutOff);
        error.ifPresent(PipeInput::cutOff);
    }

    /** Wakes the receivers of the output. */
    void deliver() {
        output.ifPresent(PipeInput::deliver);
        error.ifPresent(PipeInput::deliver);
    }

    /** Whether all receivers have got all of the output. */
    boolean areDelivered() {
        return isDelivered(output) && isDelivered(error);
    }

    private static boolean isDelivered(Optional<PipeInput> pipe) {
        return pipe.isEmpty()
                || pipe.get().collector().isEmpty()
                || pipe.get().collector().get().isDelivered();
    }

    /** Sets the action for when an output has been delivered. */
    void whenDelivered(Runnable action) {
        output.flatMap(PipeInput::collector).ifPresent(collector -> collector.whenDelivered(action));
        error.flatMap(PipeInput::collector).ifPresent(collector -> collector.whenDelivered(action));
    }
}
