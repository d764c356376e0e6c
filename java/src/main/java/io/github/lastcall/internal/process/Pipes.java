package io.github.lastcall.internal.process;

import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.stdio.PipeInput;
import io.github.lastcall.internal.stdio.PipeOutput;
import java.util.Optional;

/**
 * The pipes to a child; empty where a stream is not one.
 *
 * @param input its standard input
 * @param output its standard output
 * @param error its standard error
 */
public record Pipes(Optional<PipeOutput> input, Optional<PipeInput> output, Optional<PipeInput> error) {

    /** Of a process that was not started here. */
    public static final Pipes NONE = new Pipes(Optional.empty(), Optional.empty(), Optional.empty());

    /** Takes our ends from a process that has been started. */
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

    /** Closes our ends when no process of the group can write; who has been reading gets the rest. Idempotent. */
    void closeAfterReaders() {
        input.ifPresent(PipeOutput::drop);
        output.ifPresent(PipeInput::closeAfterReader);
        error.ifPresent(PipeInput::closeAfterReader);
    }

    /** A stop begins. */
    void stopBegins() {
        if (output.isPresent()) {
            output.get().stopBegins();
        }
        if (error.isPresent()) {
            error.get().stopBegins();
        }
    }

    /** Hands those over that nobody uses just now, for the next act to close. */
    void claim(NativeProcess process) {
        process.pipes(
                input.isPresent() ? input.get().claim() : -1,
                output.isPresent() ? output.get().claim() : -1,
                error.isPresent() ? error.get().claim() : -1);
    }

    /**
     * Takes those back that were claimed.
     *
     * @param in what was claimed, as the two others; -1: nothing was
     * @param settle whether what is in them goes into memory
     * @return whether the act has closed all that there are
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

    /** What is in them goes into memory, and they are closed. */
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

    /** From now on the child does not block on what it writes. */
    void drain() {
        if (output.isPresent()) {
            output.get().drain();
        }
        if (error.isPresent()) {
            error.get().drain();
        }
    }

    /** Whether the child writes into a full pipe that nobody reads. */
    boolean areFull() {
        return output.isPresent() && output.get().isFull() || error.isPresent() && error.get().isFull();
    }

    /** Whether the end of an output was seen: the child is about to exit, or has closed it. */
    public boolean hasEndedOutput() {
        return output.isPresent() && output.get().isEnded() || error.isPresent() && error.get().isEnded();
    }

    /** Whether what the child writes is collected, all or in part. */
    boolean areCollected() {
        return output.isPresent() && output.get().collector().isPresent()
                || error.isPresent() && error.get().collector().isPresent();
    }

    /**
     * What is in those that are collected is taken; they are closed at their end, or soon. {@link #deliver} follows.
     */
    void settleCollected() {
        if (output.isPresent() && output.get().collector().isPresent()) {
            output.get().settle();
        }
        if (error.isPresent() && error.get().collector().isPresent()) {
            error.get().settle();
        }
    }

    /** Reads no more of what was settled and goes on. */
    void cutOff() {
        output.ifPresent(PipeInput::cutOff);
        error.ifPresent(PipeInput::cutOff);
    }

    /** Wakes the receivers of what was collected. */
    void deliver() {
        output.ifPresent(PipeInput::deliver);
        error.ifPresent(PipeInput::deliver);
    }

    /** Whether everybody has got what was collected. */
    boolean areDelivered() {
        return isDelivered(output) && isDelivered(error);
    }

    private static boolean isDelivered(Optional<PipeInput> pipe) {
        return pipe.isEmpty()
                || pipe.get().collector().isEmpty()
                || pipe.get().collector().get().isDelivered();
    }

    /** Sets what is done when all of one of them is delivered. */
    void whenDelivered(Runnable action) {
        output.flatMap(PipeInput::collector).ifPresent(collector -> collector.whenDelivered(action));
        error.flatMap(PipeInput::collector).ifPresent(collector -> collector.whenDelivered(action));
    }
}
