package io.github.lastcall.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Future;
import org.zeroturnaround.exec.ProcessExecutor;
import org.zeroturnaround.exec.StartedProcess;

/** zt-exec, which uses the JDK's processes. */
final class ZtExecContender implements Contender {

    @Override
    public Child start(List<String> command) throws IOException {
        return new ZtChild(new ProcessExecutor().command(command).start());
    }

    private record ZtChild(StartedProcess started) implements Child {

        @Override
        public void ask() {
            started.getProcess().destroy();
        }

        @Override
        public void await(Way way) throws Exception {
            exit().get();
        }

        @Override
        public Future<?> exit() {
            return started.getFuture();
        }
    }
}
