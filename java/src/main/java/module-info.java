/**
 * Stops child processes properly: asks the whole process group to leave, escalates step by step to the forceful kill
 * within a bound that is known beforehand, and reports what happened. The package documentation is the manual.
 */
module io.github.lastcall {
    requires static jdk.jfr;
    requires org.slf4j;

    exports io.github.lastcall;
}
