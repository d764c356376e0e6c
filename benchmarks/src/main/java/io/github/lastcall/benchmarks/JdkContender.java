package io.github.lastcall.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** {@link ProcessBuilder} and {@link Process}. */
final class JdkContender implements Contender {

    @Override
    public Child start(List<String> command) throws IOException {
        return new JdkChild(new ProcessBuilder(command).start());
    }

    private record JdkChild(Process process) implements Child {

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
        public void dispose() throws IOException {
            process.getOutputStream().close();
            process.getInputStream().close();
            process.getErrorStream().close();
        }
    }
}
