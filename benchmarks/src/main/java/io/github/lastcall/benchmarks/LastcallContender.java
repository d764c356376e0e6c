package io.github.lastcall.benchmarks;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.ProcessScope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Lastcall.
 *
 * @param guarded whether the processes are registered with the guardian
 */
record LastcallContender(boolean guarded) implements Contender {

    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.builder()
            .unixSigterm(Duration.ofSeconds(10))
            .windowsCtrlBreak(Duration.ofSeconds(10))
            .build();

    private static ManagedProcess.Builder builder(List<String> command) {
        return ManagedProcess.builder(command.toArray(String[]::new));
    }

    private ManagedProcess.Builder alone(List<String> command) {
        return guarded ? builder(command).stopWithJvm(SHUTDOWN) : builder(command);
    }

    @Override
    public Child start(List<String> command) throws Exception {
        return new LastcallChild(alone(command).start());
    }

    @Override
    public Scope open() {
        return new LastcallScope(ProcessScope.open(SHUTDOWN));
    }

    private record LastcallScope(ProcessScope scope) implements Scope {

        @Override
        public Child start(List<String> command) throws Exception {
            return new LastcallChild(scope.start(builder(command)));
        }

        @Override
        public void stopAll() throws Exception {
            scope.terminateAll();
        }
    }

    private record LastcallChild(ManagedProcess process) implements Child {

        @Override
        public void ask() {
            process.destroy();
        }

        @Override
        public void await(Way way) throws Exception {
            switch (way) {
                case WAIT -> process.waitFor();
                case TIMED_WAIT -> process.waitFor(1, TimeUnit.MINUTES);
                case FUTURE -> exit().get();
                default -> throw new UnsupportedOperationException(way.name());
            }
        }

        @Override
        public Future<?> exit() {
            return process.onExit();
        }

        @Override
        public void stop(Way way) throws Exception {
            switch (way) {
                case STOP -> process.terminate(SHUTDOWN);
                case STOP_ASYNC -> process.terminateAsync(SHUTDOWN).get();
                default -> Child.super.stop(way);
            }
        }

        @Override
        public void dispose() {
            process.close();
        }
    }
}
