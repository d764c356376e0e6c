/**
 * What must not be outlived: all children, those whose handle is lost, and the exit of the JVM. It holds what they
 * share. Used by {@code spawn} and the API; uses {@code process} and what is below.
 */
package io.github.lastcall.internal.guard;
