/*
 * main.c - the guardian: waits until its owner has ended, and stops the processes that the owner has left.
 *
 * The owner has ended when its pidfd is readable, and not before: not while it is stopped, slow, or dumps its core. The
 * socket alone says less. An exec closes it, and the owner continues as another program that handles its children
 * itself; an owner that has a new guardian closes it too. Then this guardian ends and does nothing.
 */
#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/resource.h>

#include "arch.h"
#include "guard.h"
#include "procfs.h"

enum {
    /* After how many looks without a registration it sleeps again. */
    MOST_QUIET = 50,

    /* Descriptors that do not belong to a process. */
    OTHER_DESCRIPTORS = 32,

    /* A pidfd and two pipes. */
    DESCRIPTORS_EACH = 1 + STREAMS,

    MOST_DESCRIPTORS = 1 << 20,

    /* Polled in addition to the leaders: the owner and the socket. */
    OTHERS = 2,

    /* Of the flags in /proc/<pid>/stat. */
    EXITING = 4 /* PF_EXITING */
};

/* How long an owner may take from the close of its files, when the socket hangs up, to its end. */
static const lc_i64 dying_ns = 10 * 1000000000LL;

/* The queue of the socket has room for 278, which is 13,900 starts a second. */
static const lc_i64 burst_ns = 20 * 1000000LL;

static _Noreturn void leave(void) {
    for (;;) {
        sys_exit_group(0);
    }
}

/* Of the place that it was started in nothing is kept but standard error, for one line. */

static void keep_no_descriptors(void) {
    if (sys_close_range(LC_GUARDIAN_UNUSED, ~0U, 0) == 0) {
        return;
    }
    struct rlimit64 limit = {.rlim_cur = MOST_DESCRIPTORS};
    sys_prlimit64(RLIMIT_NOFILE, &limit);
    for (lc_u64 i = LC_GUARDIAN_UNUSED; i < limit.rlim_cur && i < MOST_DESCRIPTORS; i++) {
        sys_close((lc_i64) i);
    }
}

static void place_null(int target) {
    long null = sys_open("/dev/null", O_RDWR, 0);
    if (null >= 0 && null != target) {
        sys_dup3(null, target, 0);
        sys_close(null);
    }
}

static void settle_streams(void) {
    place_null(0);
    place_null(1);
    if (sys_fcntl(2, F_GETFD, 0) < 0) {
        place_null(2);
    }
}

/*
 * Ignores the signals of a terminal, of limits, and those that request an end: the guardian ends by itself when there is
 * nothing to do. SIGXFSZ comes if standard error is a file of the largest size that the owner may write.
 */
static void settle_signals(void) {
    static const int ignored[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM,
                                  SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGVTALRM, SIGPROF, SIGIO,
                                  SIGXCPU, SIGXFSZ};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    const struct sigaction fresh = {.sa_handler = SIG_DFL};
    const lc_u64 none = 0;
    sys_rt_sigaction(SIGCHLD, &fresh, NULL);
    for (unsigned i = 0; i < sizeof ignored / sizeof *ignored; i++) {
        sys_rt_sigaction(ignored[i], &ignore, NULL);
    }
    sys_rt_sigprocmask(&none, NULL);
}

/* Returns how many processes can be held. */
static lc_u32 settle_limit(void) {
    struct rlimit64 limit = {.rlim_cur = 1024, .rlim_max = 1024};
    if (sys_prlimit64(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        sys_set_limit(RLIMIT_NOFILE, &limit);
        sys_prlimit64(RLIMIT_NOFILE, &limit);
    }
    lc_u64 room = limit.rlim_cur < OTHER_DESCRIPTORS ? 0 : (limit.rlim_cur - OTHER_DESCRIPTORS) / DESCRIPTORS_EACH;
    return room < memory->slots ? (lc_u32) room : memory->slots;
}

static int map_memory(void) {
    lc_i64 size;
    if (sys_size(LC_GUARDIAN_MEMORY, &size) < 0 || size < LC_SLOT_BYTES) {
        return 0;
    }
    long address = sys_mmap(size, PROT_READ, MAP_SHARED, LC_GUARDIAN_MEMORY);
    memory = (const struct lc_guarded *) address;
    return address > 0 && memory->abi == LC_ABI && (1 + (lc_i64) memory->slots) * LC_SLOT_BYTES <= size;
}

/* The owner */

/*
 * Has the owner begun to end? Its main thread says so in a file that we may read whatever capabilities the owner has
 * and we have lost, unlike most files below /proc/<pid>. If it cannot be read, it is not known, and we wait.
 */
static int is_dying(void) {
    struct lc_stat owner;
    return !lc_proc_is_ours() || lc_stat_of(memory->owner, &owner) < 0 || (owner.flags & EXITING) != 0;
}

static int has_ended(lc_i64 timeout_ns) {
    struct pollfd owner = {.fd = LC_GUARDIAN_OWNER, .events = POLLIN};
    return lc_poll(&owner, 1, timeout_ns) > 0;
}

/* Returns how long to sleep; less than 0: until an event. */
static lc_i64 watch_for(int is_busy) {
    lc_i64 left = next_look_at_leaders() == LC_FOREVER ? -1 : lc_time_left(next_look_at_leaders());
    return is_busy && (left < 0 || left > burst_ns) ? burst_ns : left;
}

/*
 * Returns when the owner has ended. A wake-up for each of many starts would be the largest cost of a guardian for them.
 * So after a registration it looks every 20 ms, and sleeps again after a second without one.
 */
static void watch(void) {
    static struct pollfd entries[OTHERS + MOST_SLOTS];
    entries[0] = (struct pollfd){.fd = LC_GUARDIAN_OWNER, .events = POLLIN};
    entries[1] = (struct pollfd){.fd = LC_GUARDIAN_SOCKET, .events = POLLIN};
    int is_busy = 0, quiet = MOST_QUIET;
    for (;;) {
        int leaders = add_leaders(entries + OTHERS);
        if (lc_poll(entries, (unsigned) (OTHERS + leaders), watch_for(is_busy)) < 0) {
            leave();
        }
        if (entries[0].revents != 0) {
            return;
        }
        if (leaders > 0) {
            watch_leaders(entries + OTHERS);
        }
        lc_u64 before = received;
        if (!receive()) {
            if (has_ended(0) || (is_dying() && has_ended(dying_ns))) {
                return;
            }
            leave();
        }
        quiet = received == before ? quiet + 1 : 0;
        is_busy = quiet < MOST_QUIET;
        entries[1].events = is_busy ? 0 : POLLIN;
    }
}

static void send_ready(void) {
    lc_i64 answer = (lc_i64) LC_ABI << 32 | settle_limit();
    sys_send(LC_GUARDIAN_SOCKET, &answer, sizeof answer, LC_MSG_NOSIGNAL);
}

/* argc, argv, NULL, environment, NULL */
static const char *const *environment_on(const long *stack) {
    return (const char *const *) (stack + 1 + stack[0] + 1);
}

LC_PROGRAM(lc_guardian_entry, lc_guardian_main);

_Noreturn void lc_guardian_main(const long *stack);

_Noreturn void lc_guardian_main(const long *stack) {
    sys_set_name("lastcall-guard");
    settle_signals();
    settle_streams();
    keep_no_descriptors();
    sys_chdir("/");
    if (map_memory() && lc_init(~memory->features) >= 0) {
        commands_begin(environment_on(stack));
        send_ready();
        watch();
        stop_all();
        remove_empty_groups();
    }
    leave();
}
