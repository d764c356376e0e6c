package io.github.lastcall.testing;

import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.OsPort;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The real operating system, and how long each call holds the carrier of a virtual thread. */
public final class TimedOs {

    private final List<Long> nanos = new CopyOnWriteArrayList<>();

    /** Returns the port to start with. */
    public OsPort port() {
        OsPort os = NativeOs.instance();
        return (OsPort) Proxy.newProxyInstance(
                OsPort.class.getClassLoader(), new Class<?>[] {OsPort.class}, (proxy, method, arguments) -> {
                    long begun = System.nanoTime();
                    try {
                        return method.invoke(os, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        if (Thread.currentThread().isVirtual()) {
                            nanos.add(System.nanoTime() - begun);
                        }
                    }
                });
    }

    /** How long each call of a virtual thread took, the longest first. */
    public List<Long> longestFirst() {
        return nanos.stream().sorted((one, other) -> Long.compare(other, one)).toList();
    }
}
