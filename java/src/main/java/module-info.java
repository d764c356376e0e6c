/**
 * Stops child processes properly: sends signals to the whole process group, step by step up to the forceful kill,
 * within a bound that is known beforehand, and reports what was done. The package documentation is the manual.
 */
module io.github.lastcall {
    requires static jdk.jfr;
    requires org.slf4j;

    exports io.github.lastcall;
}
