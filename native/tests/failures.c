#include "failures.h"

#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "syscall.h"

#include "arch.h"

struct failure_plan *failure_plan;

__attribute__((constructor)) static void share_plan(void) {
    failure_plan = mmap(NULL, sizeof plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static pid_t own_pid(void) {
    return (pid_t) lc_raw_sys(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

/* What a correct caller can never see fail is no test: these fail with nonsense arguments only. */
static bool can_fail(long nr, long third, int error) {
    switch (nr) {
    case SYS_exit_group:
    case SYS_clock_gettime:
    case SYS_kill:
    case SYS_getpid:
        return false;
    case SYS_rt_sigprocmask:
        return error != EINTR && (third != 0 || own_pid() != plan.parent); /* restoring a mask cannot fail */
    case SYS_write:
    case SYS_waitid:
        return error == EINTR;
    case SYS_read:
    case SYS_openat:
    case SYS_close:
    case SYS_ppoll:
        return true;
    default:
        return error != EINTR;
    }
}

static bool fails(long nr, long third) {
    if (plan.counts_all) {
        plan.count += own_pid() == plan.parent;
        return false;
    }
    if (plan.at == 0 || (plan.only >= 0 && nr != plan.only) || !can_fail(nr, third, plan.error)
        || __atomic_add_fetch(&plan.count, 1, __ATOMIC_ACQ_REL) != plan.at) {
        return false;
    }
    plan.reached = true;
    plan.failed = nr;
    plan.in_child = own_pid() != plan.parent;
    return true;
}

static void note_early(void) {
    if (plan.started != NULL && own_pid() != plan.parent) {
        plan.early_pid = plan.started->pid;
        plan.early_handle = plan.started->handle;
        plan.started = NULL;
    }
}

static void happen_before(long nr) {
    void (*happens)(void) = plan.before_poll;
    if (nr == SYS_ppoll && happens != NULL) {
        plan.before_poll = NULL;
        happens();
    }
}

long lc_sys(long nr, long a, long b, long c, long d, long e, long f) {
    note_early();
    happen_before(nr);
    if (!fails(nr, c)) {
        return lc_raw_sys(nr, a, b, c, d, e, f);
    }
    if (nr == SYS_close) {
        lc_raw_sys(nr, a, b, c, d, e, f); /* Linux closes a descriptor whatever it answers */
    }
    return -plan.error;
}

/* A clone that fails late has stored the number of a pidfd that is closed again. Here it is that of our stderr. */
static void store_pidfd(long nr, long a, long c) {
    if (nr == __NR_clone3 && a != 0) {
        *(int *) ((const struct clone_args *) a)->pidfd = 2;
    } else if (nr == __NR_clone && (a & CLONE_PIDFD) != 0) {
        *(int *) c = 2;
    }
}

long lc_sys_clone(long nr, long a, long b, long c, void (*entry)(void *), void *argument) {
    if (fails(nr, 0)) {
        store_pidfd(nr, a, c);
        return -plan.error;
    }
    if (plan.bystander == 1 && a != 0) {
        pid_t pid = fork();
        while (pid == 0) {
            pause();
        }
        plan.bystander = (int) pid;
    }
    if (!plan.forks || a == 0) {
        return lc_raw_clone(nr, a, b, c, entry, argument);
    }
    if (nr == __NR_clone) {
        return lc_raw_clone(nr, a & ~(CLONE_VM | CLONE_VFORK), b, c, entry, argument);
    }
    struct clone_args arguments = *(const struct clone_args *) a;
    arguments.flags &= ~(uint64_t) (CLONE_VM | CLONE_VFORK);
    return lc_raw_clone(nr, (long) &arguments, b, c, entry, argument);
}

void arm(int at, int error) {
    plan = (struct failure_plan){.parent = getpid(), .error = error, .at = at, .only = -1};
}

bool disarm(void) {
    plan.at = 0;
    plan.forks = plan.counts_all = false;
    return plan.reached;
}
