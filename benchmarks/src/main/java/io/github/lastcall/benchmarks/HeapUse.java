package io.github.lastcall.benchmarks;

import com.sun.management.ThreadMXBean;
import io.github.lastcall.benchmarks.Contender.Child;
import io.github.lastcall.benchmarks.Contender.Way;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/**
 * Prints how many bytes of heap the calling thread allocates in a start or a stop, as the median of many. What other
 * threads allocate is not counted.
 */
final class HeapUse {

    private static final int WARM_UP = 500;
    private static final int COUNT = 301;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private HeapUse() {}

    /** Arguments: jdk-start, jdk-stop, lastcall-start or lastcall-stop, child program, page. */
    public static void main(String[] args) throws Exception {
        String[] what = args[0].split("-");
        Contender contender = Worker.contender(what[0]);
        Page page = new Page(Path.of(args[2]));
        long[] bytes = new long[COUNT];
        for (int i = -WARM_UP; i < COUNT; i++) {
            page.reset();
            long before = allocated();
            Child child = contender.start(List.of(args[1], args[2], "wait"));
            long started = allocated();
            page.awaitReady(1);
            long ready = allocated();
            child.stop(contender instanceof LastcallContender ? Way.STOP : Way.WAIT);
            long stopped = allocated();
            child.dispose();
            if (i >= 0) {
                bytes[i] = what[1].equals("start") ? started - before : stopped - ready;
            }
        }
        System.out.println((long) Spread.quantile(bytes, 0.5));
        System.exit(0);
    }

    private static long allocated() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }
}
