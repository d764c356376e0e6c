/*
 * deny.c - runs a command under a seccomp filter that refuses system calls, to imitate an older kernel or a sandbox.
 *
 *     deny [--errno ENOSYS|EPERM|EINVAL|ENOTTY|EMFILE|ENOMEM] CALL... -- COMMAND ARGUMENT...
 *
 * --errno holds for the calls after it, and may be given again. Without it each call is refused as a kernel that does
 * not know it refuses it. The calls:
 *
 *     clone3  close_range  pidfd_open  pidfd_send_signal  waitid      the whole call (ENOSYS)
 *     clone_pidfd            clone() that asks for a pidfd (EINVAL; kernels before 5.2 ignore the flag instead)
 *     close_range_cloexec    close_range() with a flag, new in 5.11 (EINVAL)
 *     pidfd_group            pidfd_send_signal() with a flag, new in 6.9 (EINVAL)
 *     pidfd_info             ioctl(PIDFD_GET_INFO), new in 6.13 (ENOTTY)
 *     waitid_pidfd           waitid(P_PIDFD), new in 5.4 (EINVAL)
 *
 * Everything that the command starts inherits the filter, which cannot be removed. Its own exit codes: 125
 * for a wrong usage and for a system without seccomp filters, 127 for a command that cannot be run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "no seccomp architecture for this machine"
#endif

/* These numbers are the same on every architecture; the headers of an old system lack them. */
enum { NR_PIDFD_SEND_SIGNAL = 424, NR_PIDFD_OPEN = 434, NR_CLONE3 = 435, NR_CLOSE_RANGE = 436 };

enum test { ALWAYS, EQUAL, ANY_BIT };

struct rule {
    const char *name;
    unsigned call;
    int refusal;
    enum test test;
    unsigned argument; /* which one is tested, its lower half */
    unsigned mask;     /* EQUAL: applied before the comparison; ANY_BIT: the bits */
    unsigned value;
};

static const struct rule rules[] = {
    {"clone3", NR_CLONE3, ENOSYS, ALWAYS, 0, 0, 0},
    {"close_range", NR_CLOSE_RANGE, ENOSYS, ALWAYS, 0, 0, 0},
    {"pidfd_open", NR_PIDFD_OPEN, ENOSYS, ALWAYS, 0, 0, 0},
    {"pidfd_send_signal", NR_PIDFD_SEND_SIGNAL, ENOSYS, ALWAYS, 0, 0, 0},
    {"waitid", SYS_waitid, ENOSYS, ALWAYS, 0, 0, 0},
    {"clone_pidfd", SYS_clone, EINVAL, ANY_BIT, 0, 0x1000, 0},
    {"close_range_cloexec", NR_CLOSE_RANGE, EINVAL, ANY_BIT, 2, ~0U, 0},
    {"pidfd_group", NR_PIDFD_SEND_SIGNAL, EINVAL, ANY_BIT, 3, ~0U, 0},
    /* Type and number of the request alone: its size has grown with the kernels. */
    {"pidfd_info", SYS_ioctl, ENOTTY, EQUAL, 1, 0xffff, 0xff << 8 | 11},
    {"waitid_pidfd", SYS_waitid, EINVAL, EQUAL, 0, ~0U, 3},
};

static const struct {
    const char *name;
    int number;
} errors[] = {{"ENOSYS", ENOSYS}, {"EPERM", EPERM},   {"EINVAL", EINVAL},
              {"ENOTTY", ENOTTY}, {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM}};

static struct sock_filter filter[256];
static unsigned short filter_length;

static _Noreturn void usage(const char *word) {
    fprintf(stderr, "deny: %s?\nusage: deny [--errno NAME] CALL... -- COMMAND ARGUMENT...\n", word);
    _exit(125);
}

static void emit(struct sock_filter instruction) {
    if (filter_length == sizeof filter / sizeof *filter) {
        usage("so many calls");
    }
    filter[filter_length++] = instruction;
}

static void load(size_t offset) {
    emit((struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned) offset));
}

static void give(unsigned verdict) {
    emit((struct sock_filter) BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* Each rule loads what it looks at itself, and falls through to the next rule where it does not apply. */
static void refuse(const struct rule *rule, int error) {
    size_t argument = offsetof(struct seccomp_data, args) + 8 * rule->argument; /* both machines are little-endian */
    unsigned char after_call = rule->test == ALWAYS ? 1 : rule->test == EQUAL ? 4 : 3;
    load(offsetof(struct seccomp_data, nr));
    emit((struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->call, 0, after_call));
    if (rule->test == EQUAL) {
        load(argument);
        emit((struct sock_filter) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, rule->mask));
        emit((struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->value, 0, 1));
    } else if (rule->test == ANY_BIT) {
        load(argument);
        emit((struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, rule->mask, 0, 1));
    }
    give(SECCOMP_RET_ERRNO | (unsigned) error);
}

static const struct rule *rule_named(const char *name) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(name, rules[i].name) == 0) {
            return &rules[i];
        }
    }
    usage(name);
}

static int error_named(const char *name) {
    for (size_t i = 0; name != NULL && i < sizeof errors / sizeof *errors; i++) {
        if (strcmp(name, errors[i].name) == 0) {
            return errors[i].number;
        }
    }
    usage("--errno");
}

int main(int argc, char **argv) {
    (void) argc;
    int error = 0;
    load(offsetof(struct seccomp_data, arch));
    emit((struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0));
    give(SECCOMP_RET_ALLOW);
    for (argv++; *argv != NULL && strcmp(*argv, "--") != 0; argv++) {
        if (strcmp(*argv, "--errno") == 0) {
            error = error_named(*++argv);
        } else {
            const struct rule *rule = rule_named(*argv);
            refuse(rule, error == 0 ? rule->refusal : error);
        }
    }
    give(SECCOMP_RET_ALLOW);
    if (*argv == NULL || argv[1] == NULL) {
        usage("-- COMMAND");
    }
    struct sock_fprog program = {filter_length, filter};
    /* Root does not need it for a filter, and with it set-user-ID programs, which tests start, would be ineffective. */
    if ((geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
        perror("deny: seccomp");
        return 125;
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
