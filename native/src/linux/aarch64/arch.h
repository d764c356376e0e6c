/* arch.h (aarch64) - the two ways into the kernel. `svc` overwrites x0 and nothing else. */
#ifndef LASTCALL_ARCH_H
#define LASTCALL_ARCH_H

static inline long lc_raw_sys(long nr, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = nr;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

/*
 * clone or clone3 onto a new stack. It cannot be a plain system call: the child comes out of it on a stack that has no
 * frame to return to. So the child calls entry(argument), which does not return, and only the parent leaves the asm.
 * x29 and x30 are cleared so that a debugger's walk up the child's stack ends here.
 */
static inline long lc_raw_clone(long nr, long a, long b, long c, void (*entry)(void *), void *argument) {
    register long x8 __asm__("x8") = nr;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 0;
    register void (*x9)(void *) __asm__("x9") = entry;
    register void *x10 __asm__("x10") = argument;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x30, xzr\n\t"
                     "mov x0, x10\n\t"
                     "blr x9\n\t"
                     "brk 1\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x9), "r"(x10)
                     : "memory");
    return x0;
}

/* The beginning of a program: main(stack) gets what the kernel has left there, see execve(2), and does not return. */
#define LC_PROGRAM(entry, main) \
    __asm__(".text\n\t.globl " #entry "\n" #entry ":\n\t" \
            "mov x29, xzr\n\t" \
            "mov x30, xzr\n\t" \
            "mov x0, sp\n\t" \
            "bl " #main "\n\t" \
            "brk 1\n")

#endif
