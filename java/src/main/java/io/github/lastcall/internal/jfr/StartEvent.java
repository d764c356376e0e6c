package io.github.lastcall.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A process was started; the stack trace says where. */
@Name("io.github.lastcall.Start")
@Label("Process Started")
@Category("Lastcall")
@Description("A child process was started by Lastcall")
final class StartEvent extends Event {

    @Label("Name")
    String name;

    @Label("Process Identifier")
    long pid;

    @Label("Program")
    @Description("The program without its arguments")
    String program;

    @Label("Kill Mode")
    String killMode;

    static void record(String name, long pid, String program, String killMode) {
        StartEvent event = new StartEvent();
        if (event.shouldCommit()) {
            event.name = name;
            event.pid = pid;
            event.program = program;
            event.killMode = killMode;
            event.commit();
        }
    }
}
