/**
 * From a ProcessBuilder to one call of the OS that starts the child: its environment, redirects and search of the PATH.
 * Used by the API; uses {@code guard}, {@code process} and what is below.
 */
package io.github.lastcall.internal.spawn;
