/**
 * The operating system: the port, the one downcall behind it, its constants and errors, and the loader of the library.
 * The only place that uses java.lang.foreign. Used by every room but {@code stop}; uses none.
 */
package io.github.lastcall.internal.os;
