package io.github.lastcall.testing.programs;

import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.util.ArrayList;
import java.util.List;

/** Starts two children, takes all of the heap and exits. Writes the pids of the children. */
public final class FillsHeap {

    /**
     * How much is left free. With less the JVM may fail to start a shutdown hook, and prints nothing:
     * of 30 exits with 64 bytes left a plain hook was not started in 5, and with 1,024 of 12 in 2.
     */
    private static final int LEFT = 4096;

    private static Object[] taken;

    private FillsHeap() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        List<ManagedProcess> children = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            children.add(ManagedProcess.builder(Programs.child("pause")).start());
        }
        System.out.println(children.get(0).pid() + " " + children.get(1).pid());
        System.out.flush();
        takeAll();
        System.exit(0);
    }

    private static void takeAll() {
        for (int size = 1 << 20; size >= LEFT; size /= 2) {
            try {
                while (true) {
                    taken = new Object[] {taken, new byte[size - 16]};
                }
            } catch (OutOfMemoryError full) {
                // The next size still fits.
            }
        }
    }
}
