package io.github.lastcall.internal.stop;

/**
 * A member that runs.
 *
 * @param pid its pid, 0: not known
 * @param command its command
 * @param state its state, the letter of ps(1)
 */
public record LiveProcess(long pid, String command, char state) {

    @Override
    public String toString() {
        return pid + " (" + command + ")";
    }
}
