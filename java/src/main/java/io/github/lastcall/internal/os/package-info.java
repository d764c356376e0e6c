/**
 * The operating system: the port, its single downcall, the constants and errors, and the loader of the library. Only
 * this room uses java.lang.foreign. Used by every room but {@code stop}; uses none.
 */
package io.github.lastcall.internal.os;
