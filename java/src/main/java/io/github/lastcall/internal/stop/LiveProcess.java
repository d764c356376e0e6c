package io.github.lastcall.internal.stop;

/**
 * A process of the target that runs.
 *
 * @param pid its pid, 0 where it is only known that there is one
 * @param command its command
 * @param state its state, the letter of ps(1)
 */
public record LiveProcess(long pid, String command, char state) {

    @Override
    public String toString() {
        return pid + " (" + command + ")";
    }
}
