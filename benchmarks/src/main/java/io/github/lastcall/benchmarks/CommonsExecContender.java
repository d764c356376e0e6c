package io.github.lastcall.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.commons.exec.CommandLine;
import org.apache.commons.exec.DefaultExecutor;
import org.apache.commons.exec.ExecuteException;
import org.apache.commons.exec.ExecuteResultHandler;
import org.apache.commons.exec.ExecuteWatchdog;

/**
 * Apache Commons Exec, with a handler that completes a future. Its own DefaultExecuteResultHandler looks for the exit
 * only every 50 ms.
 */
final class CommonsExecContender implements Contender {

    @Override
    public Child start(List<String> command) throws IOException {
        CommandLine line = new CommandLine(command.get(0));
        command.stream().skip(1).forEach(line::addArgument);
        ExecuteWatchdog watchdog = ExecuteWatchdog.builder()
                .setTimeout(ExecuteWatchdog.INFINITE_TIMEOUT_DURATION)
                .get();
        DefaultExecutor executor = DefaultExecutor.builder().get();
        executor.setWatchdog(watchdog);
        CommonsChild child = new CommonsChild(watchdog, new CompletableFuture<>());
        executor.execute(line, child);
        return child;
    }

    private record CommonsChild(ExecuteWatchdog watchdog, CompletableFuture<Integer> done)
            implements Child, ExecuteResultHandler {

        @Override
        public void onProcessComplete(int exitValue) {
            done.complete(exitValue);
        }

        @Override
        public void onProcessFailed(ExecuteException e) {
            done.complete(e.getExitValue());
        }

        @Override
        public void ask() {
            watchdog.destroyProcess();
        }

        @Override
        public void await(Way way) throws Exception {
            done.get();
        }

        @Override
        public Future<?> exit() {
            return done;
        }
    }
}
