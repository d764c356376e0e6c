/* test_job_control.c - signals through a pipe, stopped children, orphans, and the foreground of a terminal. */
#include "test.h"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>

/* Each test has its own process, so changes of its signals do not affect other tests. */
static lc_i64 reader;
static lc_i64 writer;

static void open_signals(void) {
    lc_i64 ends = lc_signals_open();
    CHECK(ends > 0);
    reader = ends & 0x7fffffff;
    writer = ends >> 32;
}

static void close_signals(void) {
    CHECK_OK(lc_close(reader));
    CHECK_OK(lc_close(writer));
}

static bool next(struct lc_signal *signal, int timeout_ms) {
    struct pollfd entry = {.fd = (int) reader, .events = POLLIN};
    int ready;
    do {
        ready = poll(&entry, 1, timeout_ms);
    } while (ready < 0 && errno == EINTR);
    return ready == 1 && read((int) reader, signal, sizeof *signal) == sizeof *signal;
}

/* Waits for that one, and passes over the others. */
static struct lc_signal await_signal(int number) {
    struct lc_signal signal;
    do {
        CHECK(next(&signal, PATIENCE_S * 1000));
    } while (signal.signal != number);
    return signal;
}

TEST(signals_come_with_their_sender) {
    open_signals();
    const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGCONT, SIGTSTP, SIGWINCH,
                           SIGURG, SIGIO, SIGPWR, SIGPROF, SIGVTALRM, SIGRTMIN, SIGRTMAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i] >= SIGRTMIN && test_emulated()) {
            continue; /* an emulator keeps some real-time signals for itself */
        }
        CHECK_EQ(0, kill(getpid(), numbers[i]));
        struct lc_signal signal = await_signal(numbers[i]);
        CHECK_EQ(SI_USER, signal.code);
        CHECK_EQ(getpid(), signal.pid);
    }
    close_signals();
}

TEST(an_ignored_sigint_is_caught_and_an_ignored_sighup_is_not) {
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    open_signals();
    CHECK_EQ(0, kill(getpid(), SIGHUP));
    CHECK_EQ(0, kill(getpid(), SIGINT));
    struct lc_signal signal;
    CHECK(next(&signal, PATIENCE_S * 1000));
    CHECK_EQ(SIGINT, signal.signal);
    CHECK(!next(&signal, 0));
    close_signals();
}

TEST(blocked_signals_are_unblocked) {
    sigset_t all, before;
    sigfillset(&all);
    CHECK_EQ(0, sigprocmask(SIG_BLOCK, &all, &before));
    open_signals();
    CHECK_EQ(0, kill(getpid(), SIGTERM));
    await_signal(SIGTERM);
    CHECK_EQ(0, sigprocmask(SIG_SETMASK, &before, NULL));
    close_signals();
}

/* A full pipe must not block the handler. */
TEST(more_signals_than_the_pipe_holds_are_dropped) {
    open_signals();
    for (int i = 0; i < 20000; i++) {
        CHECK_EQ(0, kill(getpid(), SIGUSR1));
    }
    struct lc_signal signal;
    while (next(&signal, 0)) {
    }
    CHECK_EQ(0, kill(getpid(), SIGUSR2));
    await_signal(SIGUSR2);
    close_signals();
}

TEST(a_stop_is_told_once) {
    open_signals();
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(7);
    }
    await_signal(SIGCHLD);
    CHECK_EQ(SIGSTOP, lc_stopped(child));
    CHECK_EQ(0, lc_stopped(child));
    CHECK_EQ(0, kill(child, SIGCONT));
    int status;
    CHECK_EQ(child, waitpid(child, &status, 0));
    CHECK_EQ(7, WEXITSTATUS(status));
    CHECK_ERROR(LC_ERR_GONE, ECHILD, lc_stopped(child));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_stopped(-1));
    close_signals();
}

TEST(raise_ends_the_process_as_the_signal_does) {
    const int numbers[] = {SIGTERM, SIGINT, SIGKILL, SIGQUIT, SIGSEGV, SIGRTMIN + 3};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        pid_t child = fork();
        if (child == 0) {
            lc_signals_open();
            lc_signals_raise(numbers[i]);
            _exit(0);
        }
        int status;
        CHECK_EQ(child, waitpid(child, &status, 0));
        CHECK(WIFSIGNALED(status));
        CHECK_EQ(numbers[i], WTERMSIG(status));
        CHECK(!WCOREDUMP(status));
    }
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_signals_raise(0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_signals_raise(65));
}

/* Its group has a parent in another group of the session, which can continue it: so it stops. */
TEST(raise_returns_from_a_stop_and_catches_again) {
    int ready[2];
    CHECK_EQ(0, pipe(ready));
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        open_signals();
        lc_signals_raise(SIGTSTP);
        await_signal(SIGCONT);
        CHECK_EQ(1, write(ready[1], "x", 1));
        await_signal(SIGTSTP);
        _exit(9);
    }
    int status;
    CHECK_EQ(child, waitpid(child, &status, WUNTRACED));
    CHECK(WIFSTOPPED(status));
    CHECK_EQ(SIGTSTP, WSTOPSIG(status));
    CHECK_EQ(0, kill(child, SIGCONT));
    char byte;
    CHECK_EQ(1, read(ready[0], &byte, 1));
    CHECK_EQ(0, kill(child, SIGTSTP));
    CHECK_EQ(child, waitpid(child, &status, 0));
    CHECK_EQ(9, WEXITSTATUS(status));
    close(ready[0]);
    close(ready[1]);
}

static void skip_if_emulated(void) {
    if (test_emulated()) {
        SKIP("the emulator does not say who is a subreaper");
    }
}

/* The harness makes every test a subreaper. */
TEST(orphans_are_looked_at_and_reaped) {
    skip_if_emulated();
    int ends[2];
    CHECK_EQ(0, pipe(ends));
    pid_t child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) {
            pause();
        }
        CHECK_EQ(sizeof grandchild, write(ends[1], &grandchild, sizeof grandchild));
        _exit(0);
    }
    CHECK_EQ(child, waitpid(child, NULL, 0));
    pid_t orphan;
    CHECK_EQ(sizeof orphan, read(ends[0], &orphan, sizeof orphan));
    CHECK_EQ(0, lc_orphan(0));
    CHECK_EQ(0, kill(orphan, SIGKILL));
    siginfo_t info;
    CHECK_EQ(0, waitid(P_PID, (id_t) orphan, &info, WEXITED | WNOWAIT));
    CHECK_EQ(orphan, lc_orphan(0));
    CHECK_EQ(orphan, lc_orphan(0));
    CHECK_EQ(orphan, lc_orphan(orphan));
    CHECK_EQ(0, lc_orphan(0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_orphan(-1));
    close(ends[0]);
    close(ends[1]);
}

TEST(who_adopts_nobody_has_no_orphans) {
    skip_if_emulated();
    CHECK_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 0));
    CHECK_ERROR(LC_ERR_UNSUPPORTED, 0, lc_orphan(0));
    CHECK_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
}

/* In a session with a terminal: the exit code is the line that failed, 0 for none. */
static int use_terminal(void) {
    char settings[LC_TERMINAL_BYTES];
    struct termios now;
    lc_i64 terminal = lc_open("/dev/tty", LC_OPEN_READ);
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        pause();
    }
    setpgid(child, child);
    int line = 0;
#define EXPECT(wanted, actual) line = line == 0 && (actual) != (wanted) ? __LINE__ : line
    EXPECT(1, lc_terminal(terminal, LC_TERMINAL_HAS, 0));
    EXPECT(0, lc_terminal(terminal, LC_TERMINAL_HAS, child));
    EXPECT(0, lc_terminal(terminal, LC_TERMINAL_SAVE, (lc_i64) settings));
    EXPECT(0, lc_terminal(terminal, LC_TERMINAL_GIVE, child));
    EXPECT(1, lc_terminal(terminal, LC_TERMINAL_HAS, child));
    EXPECT(0, lc_terminal(terminal, LC_TERMINAL_HAS, 0));
    /* From the background, where a plain tcsetpgrp(3) would stop us. */
    EXPECT(0, lc_terminal(terminal, LC_TERMINAL_GIVE, 0));
    EXPECT(1, lc_terminal(terminal, LC_TERMINAL_HAS, 0));
    tcgetattr(0, &now);
    now.c_lflag &= ~(tcflag_t) ECHO;
    tcsetattr(0, TCSANOW, &now);
    EXPECT(0, lc_terminal(terminal, LC_TERMINAL_RESTORE, (lc_i64) settings));
    tcgetattr(0, &now);
    EXPECT(ECHO, now.c_lflag & ECHO);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return line;
}

TEST(the_foreground_is_given_and_taken_back) {
    int master;
    pid_t session = forkpty(&master, NULL, NULL, NULL);
    CHECK(session >= 0);
    if (session == 0) {
        _exit(use_terminal() & 0xff);
    }
    int status;
    CHECK_EQ(session, waitpid(session, &status, 0));
    CHECK(WIFEXITED(status));
    CHECK_EQ(0, WEXITSTATUS(status));
    close(master);
}

TEST(what_is_no_terminal_is_refused) {
    int ends[2];
    CHECK_EQ(0, pipe(ends));
    CHECK(lc_terminal(ends[0], LC_TERMINAL_HAS, 0) < 0);
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_terminal(-1, LC_TERMINAL_HAS, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_terminal(ends[0], 99, 0));
    close(ends[0]);
    close(ends[1]);
}
