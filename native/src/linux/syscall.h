/* syscall.h - the only ways into the kernel. The tests have their own syscall.c, and include this alone. */
#ifndef LASTCALL_LINUX_SYSCALL_H
#define LASTCALL_LINUX_SYSCALL_H

#pragma GCC visibility push(hidden)

/* Results are the kernel's: zero or more, or -errno. */
long lc_sys(long nr, long a, long b, long c, long d, long e, long f);

/* clone() or clone3(): the child calls entry(argument) on its new stack, and never comes back from here. */
long lc_sys_clone(long nr, long a, long b, long c, void (*entry)(void *), void *argument);

#pragma GCC visibility pop

#endif
