/*
 * The guardian: the program as its owner starts it, and its stop with system calls that fail. For that the stop's own
 * files are linked here, and run in a process of their own in the place of the program.
 */
#include "test.h"

#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "syscall.h"

#include "arch.h"

/* The seam. In memory that all processes of a test share: the failing one tells what it has failed. */
static struct plan {
    pid_t of;  /* only its calls fail */
    int at;    /* which one, from 1 on */
    int error;
    int count;
    long failed;
    long second; /* its second argument */
} *plan;

__attribute__((constructor)) static void share_plan(void) {
    plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static int can_fail(long nr, long third) {
    switch (nr) {
    case SYS_rt_sigprocmask:
        return plan->error != EINTR && third != 0; /* restoring a mask cannot fail */
    case SYS_exit_group:
    case SYS_clock_gettime:
    case SYS_getpid:
        return 0;
    default:
        return plan->error != EINTR || nr == SYS_read || nr == SYS_ppoll || nr == SYS_recvmsg || nr == SYS_openat;
    }
}

long lc_sys(long nr, long a, long b, long c, long d, long e, long f) {
    if (plan->of != 0 && plan->of == (pid_t) lc_raw_sys(SYS_getpid, 0, 0, 0, 0, 0, 0) && can_fail(nr, c)
        && ++plan->count == plan->at) {
        plan->failed = nr;
        plan->second = b;
        if (nr == SYS_close) {
            lc_raw_sys(nr, a, b, c, d, e, f); /* Linux closes a descriptor whatever it answers */
        }
        return -plan->error;
    }
    return lc_raw_sys(nr, a, b, c, d, e, f);
}

long lc_sys_clone(long nr, long a, long b, long c, void (*entry)(void *), void *argument) {
    return lc_raw_clone(nr, a, b, c, entry, argument);
}

static void skip_without_guardian(void) {
    if ((features() & LC_FEATURE_PIDFD) == 0) {
        SKIP("there are no pidfds");
    }
    if (test_emulated()) {
        SKIP("the emulator runs no program from memory");
    }
}

/* Owners */

static const char *const no_environment[] = {NULL};

static struct lc_guardian fresh_guardian(void) {
    return (struct lc_guardian){.size = sizeof(struct lc_guardian),
                                .slots = 16,
                                .path = (uintptr_t) TEST_GUARDIAN,
                                .environment = (uintptr_t) no_environment,
                                .memory = -1,
                                .socket = -1};
}

static struct lc_slot *slot_of(const struct lc_guardian *guardian, int index) {
    return (struct lc_slot *) (uintptr_t) (guardian->address + (lc_u64) (1 + index) * LC_SLOT_BYTES);
}

/* Longer than any stop takes. */
static const long long LONG_NS = 20000000000;

/* SIGTERM and 50 ms, SIGKILL and 2 s. */
static void fill_slot(struct lc_slot *slot, lc_u32 generation, int state) {
    struct lc_step *steps = (struct lc_step *) (slot + 1);
    *slot = (struct lc_slot){.state = state, .generation = generation, .mode = LC_SLOT_GROUP, .count = 2};
    steps[0] = (struct lc_step){.kind = LC_STEP_SIGNAL, .what = LC_SIGTERM, .timeout_ns = 50000000};
    steps[1] = (struct lc_step){.kind = LC_STEP_KILL, .timeout_ns = 2000000000};
}

static void start_told(struct child *child, lc_i64 socket, lc_u32 generation, const char *const steps[]) {
    struct setup setup;
    set_up(&setup, steps);
    setup.request.guardian = socket;
    setup.request.slot = 0;
    setup.request.generation = generation;
    start(child, &setup);
}

/* Reads until the other end is closed. */
static void await_hang_up(lc_i64 socket) {
    char byte;
    CHECK_EQ(0, read((int) socket, &byte, 1));
}

/* Root may look into every process, and so might its children. */
static void give_up_looking(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct all[_LINUX_CAPABILITY_U32S_3];
    CHECK_EQ(0, syscall(SYS_capget, &header, all));
    all[0].permitted &= ~(1U << CAP_SYS_PTRACE);
    all[0].effective &= all[0].permitted;
    all[0].inheritable &= all[0].permitted;
    prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0);
    CHECK_EQ(0, syscall(SYS_capset, &header, all));
}

/* The last message has been taken: so what came before it has been taken in. */
static void await_taken(const struct lc_guardian *guardian, const struct child *child) {
    CHECK_OK(lc_guardian_add(guardian->socket, &child->process, 1, 1));
    long long end = now_ns() + PATIENCE_S * 1000000000LL;
    int left = 0;
    do {
        CHECK(now_ns() < end);
        CHECK_EQ(0, ioctl((int) guardian->socket, TIOCOUTQ, &left));
    } while (left > 0);
}

enum owner { IS_KILLED, EXECS, HIDES_CHILD, HIDES_AND_ENDS_SLOWLY, HAS_FULL_LOG };

/* The rest of an owner whose main thread has ended and whose files are closed. */
static void *end_slowly(void *socket) {
    CHECK_EQ(0, unshare(CLONE_FILES));
    close(*(int *) socket);
    await_end_of_main_thread(getpid());
    usleep(100000); /* the guardian has hung up if it took the close for an exec */
    raise(SIGKILL);
    return NULL;
}

/* The guardian loses a capability that its owner keeps, as with one that the file of the owner's program gives. */
static void keep_looking_alone(void) { prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0); }

static const char *const exits[] = {"handle", "SIGTERM", "exit:7", "ready", "pause", NULL};
static const char *const stubborn[] = {"ignore", "SIGTERM", "ready", "pause", NULL};
static const char *const hidden[] = {"undumpable", "handle", "SIGTERM", "say:asked", "ready", "pause", NULL};

/* Standard error is a file that may not become larger. */
static void fill_log(void) {
    const struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    int log = memfd_create("log", MFD_CLOEXEC);
    CHECK_EQ(0, ftruncate(log, 1 << 20));
    CHECK_EQ(1 << 20, lseek(log, 0, SEEK_END));
    CHECK_EQ(2, dup2(log, 2));
    CHECK_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
}

/* An owner that ends without a word once its child is ready. Returns the child's pid, which this process inherits. */
static pid_t orphaned(int state, lc_u32 told, lc_u32 generation, enum owner kind) {
    int report[2];
    CHECK_EQ(0, pipe(report));
    fflush(stdout);
    pid_t owner = fork();
    CHECK(owner >= 0);
    if (owner == 0) {
        bool hides = kind == HIDES_CHILD;
        if (hides) {
            give_up_looking();
        }
        if (kind == HIDES_AND_ENDS_SLOWLY) {
            keep_looking_alone();
        }
        if (kind == HAS_FULL_LOG) {
            fill_log();
        }
        struct lc_guardian guardian = fresh_guardian();
        CHECK(lc_guardian_open(&guardian) > 0);
        fill_slot(slot_of(&guardian, 0), generation, state);
        struct child child;
        start_told(&child, guardian.socket, told, hides ? hidden : kind == HAS_FULL_LOG ? stubborn : exits);
        EXPECT_LINE("ready", &child);
        if (hides) {
            await_taken(&guardian, &child);
        }
        pid_t pid = (pid_t) child.process.pid;
        CHECK_EQ((long) sizeof pid, write(report[1], &pid, sizeof pid));
        if (kind == EXECS) {
            close(report[0]);
            close(report[1]);
            execl("/bin/sleep", "sleep", "1", (char *) NULL);
        }
        if (kind == HIDES_AND_ENDS_SLOWLY) {
            pthread_t rest;
            int socket = (int) guardian.socket;
            CHECK_EQ(0, pthread_create(&rest, NULL, end_slowly, &socket));
            syscall(SYS_exit, 0);
        }
        raise(SIGKILL);
    }
    pid_t pid = 0;
    CHECK_EQ((long) sizeof pid, read(report[0], &pid, sizeof pid));
    close(report[0]);
    close(report[1]);
    CHECK_EQ(owner, waitpid(owner, NULL, 0));
    return pid;
}

/* The guardian is inherited by this process, a subreaper, as well. */
static void reap_guardian(void) {
    int status;
    CHECK(waitpid(-1, &status, 0) > 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int status_of(pid_t pid) {
    int status;
    CHECK_EQ(pid, waitpid(pid, &status, 0));
    return status;
}

TEST(guardian_ends_with_its_socket) {
    skip_without_guardian();
    struct lc_guardian guardian = fresh_guardian();
    CHECK_EQ(16, lc_guardian_open(&guardian));
    CHECK_OK(lc_guardian_close(&guardian));
    CHECK_EQ(-1, guardian.socket);
    reap_guardian();
}

TEST(what_a_dead_owner_has_left_is_stopped) {
    skip_without_guardian();
    CHECK_EQ(7, WEXITSTATUS(status_of(orphaned(LC_SLOT_ARMED, 1, 1, IS_KILLED))));
    reap_guardian();
}

/* Its socket hangs up before its end is known, and only the stat file tells that from an exec. */
TEST(what_an_owner_with_more_capabilities_has_left_is_stopped) {
    skip_without_guardian();
    CHECK_EQ(7, WEXITSTATUS(status_of(orphaned(LC_SLOT_ARMED, 1, 1, HIDES_AND_ENDS_SLOWLY))));
    reap_guardian();
}

/* The guardian writes its line after SIGTERM, and has to be there for SIGKILL. */
TEST(guardian_survives_a_log_that_is_full) {
    skip_without_guardian();
    CHECK_EQ(SIGKILL, WTERMSIG(status_of(orphaned(LC_SLOT_ARMED, 1, 1, HAS_FULL_LOG))));
    reap_guardian();
}

/* Its handler writes to a pipe whose only reader was the owner, and /proc does not show it. */
TEST(a_process_that_must_not_be_looked_into_writes_before_its_end) {
    skip_without_guardian();
    CHECK_EQ(SIGKILL, WTERMSIG(status_of(orphaned(LC_SLOT_ARMED, 1, 1, HIDES_CHILD)))); /* not SIGPIPE */
    reap_guardian();
}

static void expect_untouched(pid_t pid) {
    reap_guardian();
    CHECK_EQ(0, waitpid(pid, NULL, WNOHANG));
    CHECK_EQ(0, kill(pid, SIGKILL));
    CHECK(WIFSIGNALED(status_of(pid)));
}

enum { FULL = 32, FULL_LIMIT = 128 };

/* Its guardian may have so few descriptors open that it can hold no more processes than these. */
static void leave_a_full_guardian(void *unused) {
    (void) unused;
    const struct rlimit limit = {.rlim_cur = FULL_LIMIT, .rlim_max = FULL_LIMIT};
    CHECK_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
    struct lc_guardian guardian = fresh_guardian();
    guardian.slots = FULL + 1;
    CHECK_EQ(FULL, lc_guardian_open(&guardian));
    for (int i = 0; i < FULL; i++) {
        struct setup setup;
        struct lc_process process = {.size = sizeof process};
        SET_UP(&setup, "pause");
        setup.request.guardian = guardian.socket;
        setup.request.slot = (lc_u32) i;
        setup.request.generation = 1;
        fill_slot(slot_of(&guardian, i), 1, LC_SLOT_ARMED);
        ((struct lc_step *) (slot_of(&guardian, i) + 1))->timeout_ns = LONG_NS;
        CHECK_OK(lc_start(&setup.request, &process));
    }
}

/* It polls for all of them in one call, for which the kernel allows as many entries as descriptors. */
TEST(a_full_guardian_sees_the_exits) {
    skip_without_guardian();
    run_in_a_child(leave_a_full_guardian, NULL);
    long long begun = now_ns();
    while (waitpid(-1, NULL, 0) > 0) {
    }
    CHECK(now_ns() - begun < LONG_NS / 2);
}

TEST(what_may_outlive_its_owner_does) {
    skip_without_guardian();
    expect_untouched(orphaned(LC_SLOT_SPARED, 1, 1, IS_KILLED));
}

TEST(registration_of_an_earlier_process_is_void) {
    skip_without_guardian();
    expect_untouched(orphaned(LC_SLOT_ARMED, 1, 2, IS_KILLED));
}

/* The exec closes the socket, and the owner runs for another second. */
TEST(exec_of_its_owner_is_no_end) {
    skip_without_guardian();
    expect_untouched(orphaned(LC_SLOT_ARMED, 1, 1, EXECS));
}

TEST(killed_guardian_hangs_up) {
    skip_without_guardian();
    struct lc_guardian guardian = fresh_guardian();
    CHECK(lc_guardian_open(&guardian) > 0);
    char command[64];
    snprintf(command, sizeof command, "pkill -KILL -fx 'lastcall-guardian %d'", getpid());
    CHECK_EQ(0, system(command));
    await_hang_up(guardian.socket);
    struct child child;
    struct setup setup;
    SET_UP(&setup, "pause");
    setup.request.guardian = guardian.socket;
    memset(&child, 0, sizeof child);
    child.process.size = sizeof child.process;
    lc_i64 refused = lc_start(&setup.request, &child.process);
    CHECK_STAGE(LC_STAGE_GUARDIAN, LC_ERR_BROKEN_PIPE, EPIPE, refused);
    CHECK_EQ(LC_CALL_SENDMSG, error_call(refused));
    close((int) guardian.socket);
    CHECK(lc_guardian_open(&guardian) > 0); /* with the same memory */
    CHECK_OK(lc_guardian_close(&guardian));
    CHECK(waitpid(-1, NULL, 0) > 0);
    CHECK(waitpid(-1, NULL, 0) > 0);
}

TEST(missing_program_is_an_error) {
    skip_without_guardian();
    struct lc_guardian guardian = fresh_guardian();
    guardian.path = (uintptr_t) "/nonexistent/guardian";
    CHECK_STAGE(LC_STAGE_GUARDIAN, LC_ERR_NOT_FOUND, ENOENT, lc_guardian_open(&guardian));
    CHECK_EQ(-1, guardian.memory);
    CHECK_EQ(0, guardian.address);
}

/* From memory, and from a file where a program in memory cannot be started. */
TEST(guardian_opens_whatever_fails_or_leaves_nothing) {
    skip_without_guardian();
    static const int errors[] = {EMFILE, EPERM, ENOSYS, EACCES, EINTR};
    static char program[256 * 1024], before[4096], after[4096];
    int file = open(TEST_GUARDIAN, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(file, program, sizeof program);
    CHECK(length > 0);
    close(file);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        bool reached = true;
        int opened = 0;
        for (int at = 1; reached; at++) {
            struct lc_guardian guardian = fresh_guardian();
            guardian.program = (uintptr_t) program;
            guardian.length = length;
            guardian.path = (uintptr_t) test_path("guardian");
            int mappings = count_mappings();
            list_fds(before, sizeof before);
            *plan = (struct plan){.of = getpid(), .at = at, .error = errors[i]};
            lc_i64 result = lc_guardian_open(&guardian);
            reached = plan->failed != 0;
            plan->of = 0;
            if (result > 0) {
                opened++;
                CHECK_OK(lc_guardian_close(&guardian));
            } else {
                CHECK_EQ(LC_STAGE_GUARDIAN, error_stage(result));
            }
            while (waitpid(-1, NULL, 0) > 0) {
            }
            list_fds(after, sizeof after);
            CHECK_TEXT(before, after);
            CHECK_EQ(mappings, count_mappings());
            CHECK(access(test_path("guardian"), F_OK) != 0 || plan->failed == SYS_unlinkat);
            unlink(test_path("guardian"));
        }
        CHECK(opened > 1);
    }
}

/* The stop */

extern const void *memory;
void stop_all(void);

/* In the place of the guardian's program. */
static pid_t stop_in_a_process(int socket, const void *slots) {
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        CHECK(dup2(socket, 13) == 13 && dup2(null, 14) == 14 && dup2(13, 3) == 3);
        dup2(14, 2);
        for (int fd = 4; fd < 20; fd++) {
            close(fd);
        }
        memory = slots;
        plan->of = getpid();
        stop_all();
        _exit(0);
    }
    return pid;
}

/* The one message that names the process, and the kill itself, have no other way. */
static bool decides(void) {
    return plan->failed == SYS_recvmsg || (plan->failed == SYS_pidfd_send_signal && plan->second == SIGKILL);
}

static void walk_over_stop(int error, const char *const steps[], int calls) {
    skip_without_guardian();
    lc_u32 *slots = mmap(NULL, 2 * LC_SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    slots[0] = LC_ABI;
    slots[1] = 1;
    *(lc_i64 *) (slots + 2) = getpid();
    bool reached = true;
    int at = 1;
    for (; reached; at++) {
        int ends[2];
        CHECK_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
        fill_slot((struct lc_slot *) ((char *) slots + LC_SLOT_BYTES), 1, LC_SLOT_ARMED);
        struct child child;
        start_told(&child, ends[0], 1, steps);
        EXPECT_LINE("ready", &child);
        close(ends[0]);
        *plan = (struct plan){.at = at, .error = error};
        pid_t guardian = stop_in_a_process(ends[1], slots);
        close(ends[1]);
        int status = status_of(guardian);
        CHECK_EQ(0, status);
        reached = plan->failed != 0;
        int left = kill(-(pid_t) child.process.pid, SIGKILL); /* zombies count */
        if (waitpid((pid_t) child.process.pid, NULL, WNOHANG) == 0 && !decides()) {
            FAIL("call %d, system call %ld, error %d: the process was not stopped (%d)", at, plan->failed, error, left);
        }
        close_child(&child);
        while (waitpid(-1, NULL, 0) > 0) {
        }
    }
    CHECK(error == EINTR || at > calls);
    munmap(slots, 2 * LC_SLOT_BYTES);
}

static const char *const polite[] = {"handle", "SIGTERM", "say:asked", "handle", "SIGTERM", "exit:7", "ready", "pause",
                                     NULL};
static const char *const forked[] = {"fork",    "ignore",  "SIGTERM", "ready", "pause", "end", "handle",
                                     "SIGTERM", "exit:7", "pause",   NULL};

TEST(stop_without_descriptors) { walk_over_stop(EMFILE, stubborn, 10); }
TEST(stop_refused) { walk_over_stop(EPERM, stubborn, 10); }
TEST(stop_without_memory) { walk_over_stop(ENOMEM, stubborn, 10); }
TEST(stop_interrupted) { walk_over_stop(EINTR, stubborn, 0); }
TEST(stop_of_a_polite_one_without_descriptors) { walk_over_stop(EMFILE, polite, 8); }
TEST(stop_of_a_group_without_descriptors) { walk_over_stop(EMFILE, forked, 10); }
TEST(stop_of_a_group_on_a_broken_disk) { walk_over_stop(EIO, forked, 10); }
