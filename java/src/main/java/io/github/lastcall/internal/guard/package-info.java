/**
 * Makes sure that no child stays behind: the registry of children, lost handles, the exit of the JVM and the guardian.
 * It holds what all children share. Used by {@code spawn} and the API; uses {@code process} and what is below.
 */
package io.github.lastcall.internal.guard;
