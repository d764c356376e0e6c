package io.github.lastcall.testing;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Leaves out, on Windows, every test class without {@link OnWindows}. Registered for all classes: most of them start
 * the helper program of the C tests on Unix and send it signals, and a new one does too unless it says otherwise.
 */
public final class UnixUnlessSaid implements ExecutionCondition {

    private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        boolean unix = context.getTestClass()
                .filter(type -> context.getTestMethod().isEmpty() && !isMarked(type))
                .isPresent();
        return WINDOWS && unix
                ? ConditionEvaluationResult.disabled("its children are programs for Unix, and are sent signals")
                : ConditionEvaluationResult.enabled("");
    }

    private static boolean isMarked(Class<?> type) {
        return type.isAnnotationPresent(OnWindows.class)
                || type.getEnclosingClass() != null && isMarked(type.getEnclosingClass());
    }
}
