package io.github.lastcall;

import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * A program whose JVM exits while one of its threads is in a start: after the spawn, before the child is known. Writes
 * the pid of the child. In this package, because it uses {@code Builder.os}.
 */
final class ExitsDuringStart {

    private ExitsDuringStart() {}

    public static void main(String[] command) throws Exception {
        ManagedProcess.builder("true").start().waitFor();
        OsPort os = (OsPort) Proxy.newProxyInstance(
                OsPort.class.getClassLoader(), new Class<?>[] {OsPort.class}, (proxy, method, arguments) -> {
                    Object result = invoke(method, arguments);
                    if (method.getName().equals("start")) {
                        System.out.println(((NativeProcess) arguments[1]).pid());
                        new Thread(() -> System.exit(0)).start();
                        awaitHookThatWaits();
                    }
                    return result;
                });
        ManagedProcess.builder(command).os(os).start().waitFor();
    }

    private static Object invoke(Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(NativeOs.instance(), arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** A hook that does not wait for this start lets the JVM end meanwhile. */
    private static void awaitHookThatWaits() {
        while (Thread.getAllStackTraces().keySet().stream().noneMatch(thread ->
                thread.getName().equals("lastcall-shutdown") && thread.getState() == Thread.State.TIMED_WAITING)) {
            Thread.onSpinWait();
        }
    }
}
