package io.github.lastcall;

/** What a process writes to. */
public enum StandardStream {

    /** Its standard output, descriptor 1. */
    STDOUT,

    /** Its standard error, descriptor 2. */
    STDERR
}
