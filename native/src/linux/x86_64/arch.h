/* arch.h (x86_64) - the ways into the kernel. `syscall` overwrites rax, rcx and r11 and nothing else. */
#ifndef LASTCALL_ARCH_H
#define LASTCALL_ARCH_H

static inline long lc_raw_sys(long nr, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/*
 * clone or clone3 onto a new stack. It cannot be a plain system call: the child comes out of it on a stack that has no
 * frame to return to. So the child calls entry(argument), which does not return, and only the parent leaves the asm.
 * rbp is cleared so that a debugger's walk up the child's stack ends here.
 */
static inline long lc_raw_clone(long nr, long a, long b, long c, void (*entry)(void *), void *argument) {
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    register void (*r12)(void *) __asm__("r12") = entry;
    register void *r13 __asm__("r13") = argument;
    long result;
    __asm__ volatile("syscall\n\t"
                     "testq %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xorl %%ebp, %%ebp\n\t"
                     "movq %%r13, %%rdi\n\t"
                     "callq *%%r12\n\t"
                     "ud2\n"
                     "1:"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r12), "r"(r13)
                     : "rcx", "r11", "memory");
    return result;
}

/* Where a signal handler returns to: rt_sigreturn. Other kernels bring it themselves. */
#define LC_NEEDS_RESTORER 1
__attribute__((naked, unused)) static void lc_restorer(void) {
    __asm__("movl $15, %eax\n\t"
            "syscall");
}

/* The beginning of a program: main(stack) gets what the kernel has left there, see execve(2), and does not return. */
#define LC_PROGRAM(entry, main) \
    __asm__(".text\n\t.globl " #entry "\n" #entry ":\n\t" \
            "xorl %ebp, %ebp\n\t" \
            "movq %rsp, %rdi\n\t" \
            "andq $-16, %rsp\n\t" \
            "callq " #main "\n\t" \
            "ud2\n")

#endif
