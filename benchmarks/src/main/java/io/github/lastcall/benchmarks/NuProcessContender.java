package io.github.lastcall.benchmarks;

import com.zaxxer.nuprocess.NuAbstractProcessHandler;
import com.zaxxer.nuprocess.NuProcess;
import com.zaxxer.nuprocess.NuProcessBuilder;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** NuProcess: one thread for all processes, which looks for exits when the pipes close. */
final class NuProcessContender implements Contender {

    @Override
    public Child start(List<String> command) {
        return new NuChild(new NuProcessBuilder(new NuAbstractProcessHandler() {}, command).start());
    }

    private record NuChild(NuProcess process) implements Child {

        @Override
        public void ask() {
            process.destroy(false);
        }

        /** With NuProcess zero means no limit. */
        @Override
        public void await(Way way) throws InterruptedException {
            process.waitFor(way == Way.TIMED_WAIT ? 60 : 0, TimeUnit.SECONDS);
        }
    }
}
