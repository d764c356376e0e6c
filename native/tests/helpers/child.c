/*
 * child.c - the child of every test: runs the steps that stand in its arguments, in order, and exits with 0 after the
 * last one.
 *
 *     child handle SIGTERM exit:1 ready pause
 *     child fork ignore SIGTERM say inner pause end say leader wait
 *
 * Signals are written SIGTERM or as a number. Lines go to standard output in one write each.
 *
 *     ready                  write the line "ready": everything before it is done
 *     say TEXT               write the line TEXT
 *     exit N                 exit at once
 *     pause                  stay until a signal ends the process
 *     sleep N                sleep N milliseconds
 *     raise SIG              send SIG to itself, and go on if that did not end it
 *     core SIG               the same with the core limit lifted as far as it goes
 *     ignore SIG             |
 *     default SIG            | dispositions
 *     handle SIG exit:N      |
 *     handle SIG say:TEXT    |
 *     block SIG              block SIG in this thread
 *     unblock SIG            |
 *     await SIG              block SIG in this thread, stay until it comes, and go on
 *     trace PID              attach to process PID as its tracer, and never let it go on once it stops
 *     name TEXT              change the name of the command
 *     fork STEPS... end      run STEPS in a child of this one and exit with 0 there; go on after `end` here
 *     forks N STEPS... end   the same with N children
 *     relay N MS             sleep MS milliseconds, fork a successor and exit; N times, the last one continues
 *     bomb                   fork for ever, in every child too; where that is refused, every 50 ms
 *     thread STEPS... end    run STEPS in a second thread, continue after `end` in this one
 *     threads N OPEN         make N threads that stay; thread number OPEN, from 1 on, unblocks every signal, and the
 *                            first one, once the others are there, reads a line, writes "ended" and ends
 *     wait                   reap every child of this one
 *     leave-main-thread      end the main thread and go on in a second one
 *     leave-group            move the child forked last into a group of its own, and follow it there
 *     new-group              become the leader of a group
 *     join-group N           move to group N
 *     setsid                 become the leader of a session
 *     setuid N               change every user and group id to N
 *     undumpable             let only root read its environment
 *     close N                close descriptor N
 *     write out|err N        write N bytes of "x"
 *     read-line              read standard input up to the end of a line, or to its end
 *     read-all               read standard input to its end and write the number of bytes as a line
 *     print-ids              write the line "PID GROUP SESSION"
 *     print-parent           write the line "PARENT"
 *     print-fds              write the open descriptors as a line
 *     print-signals          write the line "BLOCKED IGNORED", two masks of 16 hexadecimal digits, bit 0 is signal 1
 *     print-env              write the environment, a line each
 *     print-cwd              write the working directory as a line
 *     print-args ARG...      write argument 0 and every ARG as a line each, and exit with 0
 *     count-args ARG...      write the line "COUNT BYTES" about every ARG, and exit with 0
 *
 * Its own exit codes: 64 for a step that it does not know, 65 for a system call that failed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *program;
static __thread char **rest; /* the arguments not yet used */
static pid_t forked;
static volatile const char *actions[65]; /* what the handler of each signal does */

static _Noreturn void die(int code, const char *what) {
    dprintf(2, "child: %s: %s\n", what, strerror(errno));
    _exit(code);
}

static long must(long result, const char *what) {
    if (result < 0) {
        die(65, what);
    }
    return result;
}

static char *next(void) {
    if (*rest == NULL) {
        errno = EINVAL;
        die(64, "an argument is missing");
    }
    return *rest++;
}

static int next_number(void) {
    return atoi(next());
}

static int next_signal(void) {
    static const struct {
        const char *name;
        int number;
    } names[] = {{"SIGHUP", SIGHUP},   {"SIGINT", SIGINT},   {"SIGQUIT", SIGQUIT}, {"SIGABRT", SIGABRT},
                 {"SIGKILL", SIGKILL}, {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}, {"SIGSEGV", SIGSEGV},
                 {"SIGPIPE", SIGPIPE}, {"SIGALRM", SIGALRM}, {"SIGTERM", SIGTERM}, {"SIGCHLD", SIGCHLD},
                 {"SIGCONT", SIGCONT}, {"SIGSTOP", SIGSTOP}, {"SIGTSTP", SIGTSTP}, {"SIGTTIN", SIGTTIN},
                 {"SIGTTOU", SIGTTOU}, {"SIGWINCH", SIGWINCH}};
    const char *name = next();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i].name) == 0) {
            return names[i].number;
        }
    }
    int number = atoi(name);
    if (number < 1 || number > 64) {
        errno = EINVAL;
        die(64, name);
    }
    return number;
}

static void write_fully(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        must(written, "write");
        bytes += written;
        length -= (size_t) written;
    }
}

static void say(const char *text) {
    char line[4096];
    int length = snprintf(line, sizeof line, "%s\n", text);
    write_fully(1, line, (size_t) length);
}

/* Runs as a signal handler: nothing but _exit() and write(). */
static void act(int signal) {
    int saved = errno;
    const char *action = (const char *) actions[signal];
    if (strncmp(action, "exit:", 5) == 0) {
        int code = 0;
        for (const char *digit = action + 5; *digit != '\0'; digit++) {
            code = code * 10 + (*digit - '0');
        }
        _exit(code);
    }
    if (strncmp(action, "say:", 4) == 0) {
        const char *text = action + 4;
        size_t length = 0;
        char line[256];
        for (; text[length] != '\0' && length < sizeof line - 1; length++) {
            line[length] = text[length];
        }
        line[length] = '\n';
        (void) !write(1, line, length + 1);
    }
    errno = saved;
}

static void dispose(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    must(sigaction(signal, &action, NULL), "sigaction");
}

static void run(void);

static void do_ready(void) { say("ready"); }
static void do_say(void) { say(next()); }
static void do_exit(void) { _exit(next_number()); }
static void do_end(void) { _exit(0); /* only a forked child comes here */ }
static void do_raise(void) { must(kill(getpid(), next_signal()), "kill"); }
static void do_ignore(void) { dispose(next_signal(), SIG_IGN); }
static void do_default(void) { dispose(next_signal(), SIG_DFL); }
static void do_new_group(void) { must(setpgid(0, 0), "setpgid"); }
static void do_join_group(void) { must(setpgid(0, next_number()), "setpgid"); }
static void do_setsid(void) { must(setsid(), "setsid"); }
static void do_close(void) { must(close(next_number()), "close"); }

static void do_pause(void) {
    for (;;) {
        pause();
    }
}

static void do_sleep(void) {
    int milliseconds = next_number();
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    while (nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
}

static void do_core(void) {
    struct rlimit limit;
    must(getrlimit(RLIMIT_CORE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_CORE, &limit), "setrlimit");
    do_raise();
}

static void do_handle(void) {
    int signal = next_signal();
    actions[signal] = next();
    dispose(signal, act);
}

static sigset_t mask(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, next_signal());
    must(pthread_sigmask(how, &set, NULL) == 0 ? 0 : -1, "pthread_sigmask");
    return set;
}

static void do_block(void) { mask(SIG_BLOCK); }
static void do_unblock(void) { mask(SIG_UNBLOCK); }
static void do_trace(void) { must(ptrace(PTRACE_SEIZE, next_number(), NULL, NULL), "ptrace"); }

static void do_await(void) {
    sigset_t set = mask(SIG_BLOCK);
    int got;
    sigwait(&set, &got);
}

static void do_name(void) { must(prctl(PR_SET_NAME, next()), "prctl"); }

/* Returns the first of the steps up to the `end` that belongs here, which are passed over. */
static char **take_body(void) {
    char **body = rest;
    for (int depth = 1; depth > 0;) {
        const char *word = next();
        depth += strcmp(word, "fork") == 0 || strcmp(word, "forks") == 0 || strcmp(word, "thread") == 0;
        depth -= strcmp(word, "end") == 0;
    }
    return body;
}

static void fork_to(char **body) {
    forked = (pid_t) must(fork(), "fork");
    if (forked == 0) {
        rest = body;
        run();
    }
}

static void do_fork(void) {
    fork_to(take_body());
}

static void do_forks(void) {
    int count = next_number();
    char **body = take_body();
    for (int i = 0; i < count; i++) {
        fork_to(body);
    }
}

static void do_bomb(void) {
    for (;;) {
        if (fork() < 0) {
            usleep(50 * 1000); /* it is at its limit, and is to use no processor there */
        }
    }
}

static void do_relay(void) {
    int count = next_number();
    char **milliseconds = rest;
    for (int i = 0; i < count; i++) {
        rest = milliseconds;
        do_sleep();
        if (must(fork(), "fork") > 0) {
            _exit(0);
        }
    }
}

static void do_wait(void) {
    while (wait(NULL) > 0 || errno == EINTR) {
    }
}

static void *run_in_thread(void *body) {
    rest = body;
    run();
    _exit(0);
}

static void start_thread(char **body) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_in_thread, body) != 0) {
        die(65, "pthread_create");
    }
}

static void do_thread(void) {
    start_thread(take_body());
}

static atomic_int threads_ready;
static int open_thread;
static int thread_count;

static void *stay_in_thread(void *number) {
    sigset_t none;
    sigemptyset(&none);
    if ((intptr_t) number == open_thread) {
        pthread_sigmask(SIG_SETMASK, &none, NULL);
    }
    atomic_fetch_add(&threads_ready, 1);
    if ((intptr_t) number == 1) {
        char byte;
        (void) !read(0, &byte, 1);
        say("ended");
        syscall(SYS_exit, 0);
    }
    do_pause();
    return NULL;
}

static void do_threads(void) {
    thread_count = next_number();
    open_thread = next_number();
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    for (intptr_t i = 1; i <= thread_count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, stay_in_thread, (void *) i) != 0) {
            die(65, "pthread_create");
        }
    }
    while (atomic_load(&threads_ready) < thread_count) {
        sched_yield();
    }
}

static void do_leave_main_thread(void) {
    start_thread(rest);
    syscall(SYS_exit, 0); /* ends this thread only, which pthread_exit() would do only after its clean-up */
}

static void do_leave_group(void) {
    must(setpgid(forked, forked), "setpgid");
    must(setpgid(0, forked), "setpgid");
}

static void do_setuid(void) {
    unsigned id = (unsigned) next_number();
    must(setgroups(0, NULL), "setgroups");
    must(setresgid(id, id, id), "setresgid");
    must(setresuid(id, id, id), "setresuid");
}

static void do_undumpable(void) { must(prctl(PR_SET_DUMPABLE, 0), "prctl"); }

static void do_write(void) {
    int fd = strcmp(next(), "err") == 0 ? 2 : 1;
    long left = atol(next());
    char block[4096];
    memset(block, 'x', sizeof block);
    while (left > 0) {
        size_t length = left < (long) sizeof block ? (size_t) left : sizeof block;
        write_fully(fd, block, length);
        left -= (long) length;
    }
}

static long read_some(char *buffer, size_t length) {
    ssize_t got;
    while ((got = read(0, buffer, length)) < 0 && errno == EINTR) {
    }
    return must(got, "read");
}

static void do_read_line(void) {
    char byte = 0;
    while (byte != '\n' && read_some(&byte, 1) > 0) {
    }
}

static void do_read_all(void) {
    char block[65536], text[32];
    long total = 0;
    for (long got; (got = read_some(block, sizeof block)) > 0; total += got) {
    }
    snprintf(text, sizeof text, "%ld", total);
    say(text);
}

static void do_print_ids(void) {
    char text[64];
    snprintf(text, sizeof text, "%d %d %d", getpid(), getpgrp(), getsid(0));
    say(text);
}

static void do_print_parent(void) {
    char text[32];
    snprintf(text, sizeof text, "%d", getppid());
    say(text);
}

static void do_print_fds(void) {
    char text[4096] = "";
    size_t used = 0;
    DIR *directory = opendir("/proc/self/fd");
    must(directory == NULL ? -1 : 0, "/proc/self/fd");
    for (int fd = 0; fd < 1 << 20 && used < sizeof text - 16; fd++) {
        struct dirent *entry = readdir(directory);
        if (entry == NULL) {
            break;
        }
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory)) {
            used += (size_t) snprintf(text + used, sizeof text - used, used == 0 ? "%s" : " %s", entry->d_name);
        }
    }
    closedir(directory);
    say(text);
}

/* By raw system calls: the C library hides the two signals that it keeps for itself. */
static void do_print_signals(void) {
    uint64_t blocked = 0, ignored = 0;
    char text[64];
    must(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, sizeof blocked), "rt_sigprocmask");
    for (int signal = 1; signal <= 64; signal++) {
        void *action[8] = {0}; /* the kernel's struct begins with the handler */
        must(syscall(SYS_rt_sigaction, signal, NULL, action, sizeof blocked), "rt_sigaction");
        ignored |= action[0] == (void *) SIG_IGN ? 1ULL << (signal - 1) : 0;
    }
    snprintf(text, sizeof text, "%016llx %016llx", (unsigned long long) blocked, (unsigned long long) ignored);
    say(text);
}

static void do_print_env(void) {
    for (char **entry = environ; *entry != NULL; entry++) {
        say(*entry);
    }
}

static void do_print_cwd(void) {
    char path[4096];
    must(getcwd(path, sizeof path) == NULL ? -1 : 0, "getcwd");
    say(path);
}

static void do_print_args(void) {
    say(program);
    while (*rest != NULL) {
        say(next());
    }
}

static void do_count_args(void) {
    char text[64];
    size_t bytes = 0;
    int count = 0;
    for (; *rest != NULL; count++) {
        bytes += strlen(next());
    }
    snprintf(text, sizeof text, "%d %zu", count, bytes);
    say(text);
}

static const struct {
    const char *name;
    void (*run)(void);
} steps[] = {{"ready", do_ready},
             {"say", do_say},
             {"exit", do_exit},
             {"pause", do_pause},
             {"sleep", do_sleep},
             {"raise", do_raise},
             {"core", do_core},
             {"ignore", do_ignore},
             {"default", do_default},
             {"handle", do_handle},
             {"block", do_block},
             {"unblock", do_unblock},
             {"await", do_await},
             {"trace", do_trace},
             {"name", do_name},
             {"fork", do_fork},
             {"forks", do_forks},
             {"bomb", do_bomb},
             {"relay", do_relay},
             {"thread", do_thread},
             {"threads", do_threads},
             {"end", do_end},
             {"wait", do_wait},
             {"leave-main-thread", do_leave_main_thread},
             {"leave-group", do_leave_group},
             {"new-group", do_new_group},
             {"join-group", do_join_group},
             {"setsid", do_setsid},
             {"setuid", do_setuid},
             {"undumpable", do_undumpable},
             {"close", do_close},
             {"write", do_write},
             {"read-line", do_read_line},
             {"read-all", do_read_all},
             {"print-ids", do_print_ids},
             {"print-parent", do_print_parent},
             {"print-fds", do_print_fds},
             {"print-signals", do_print_signals},
             {"print-env", do_print_env},
             {"print-cwd", do_print_cwd},
             {"print-args", do_print_args},
             {"count-args", do_count_args}};

static void run_step(const char *name) {
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (strcmp(name, steps[i].name) == 0) {
            steps[i].run();
            return;
        }
    }
    errno = EINVAL;
    die(64, name);
}

static void run(void) {
    while (*rest != NULL) {
        run_step(next());
    }
}

int main(int argc, char **argv) {
    program = argv[0];
    rest = argv + (argc > 0 ? 1 : 0);
    run();
    return 0;
}
