#include "test.h"

#include <sys/syscall.h>

enum { NR_PIDFD_SEND_SIGNAL = 424, NR_PIDFD_OPEN = 434, NR_CLONE3 = 435, NR_CLOSE_RANGE = 436 };

static const lc_u64 every_feature = LC_FEATURE_CLONE3 | LC_FEATURE_CLOSE_RANGE | LC_FEATURE_PIDFD |
                                    LC_FEATURE_PIDFD_GROUP | LC_FEATURE_PIDFD_INFO | LC_FEATURE_CLONE_PIDFD;

TEST_BEFORE_INIT(contract_number) {
    CHECK_EQ(LC_ABI, lc_init(test_disable()) >> 32);
    CHECK_EQ(LC_ABI, lc_init(0) >> 32);
}

TEST_BEFORE_INIT(nothing_unknown_disabled_or_denied) {
    lc_u64 found = features();
    CHECK_EQ(0, found & ~every_feature);
    CHECK_EQ(0, found & test_disable());
    CHECK_EQ(0, found & test_absent());
}

/* Asks the system in other words than the library, and under the same seccomp filter. */
static lc_u64 features_of_this_system(void) {
    lc_u64 found = 0;
    syscall(NR_CLONE3, NULL, 0);
    found |= errno == EINVAL ? LC_FEATURE_CLONE3 : 0;
    found |= syscall(NR_CLOSE_RANGE, ~0U, ~0U, 0) == 0 ? LC_FEATURE_CLOSE_RANGE : 0;
    int self = (int) syscall(NR_PIDFD_OPEN, getpid(), 0);
    siginfo_t info;
    bool waits = self >= 0 && waitid((idtype_t) 3, (id_t) self, &info, WEXITED | WNOHANG) < 0 && errno == ECHILD;
    if (waits && syscall(NR_PIDFD_SEND_SIGNAL, self, 0, NULL, 0) == 0) {
        found |= LC_FEATURE_PIDFD;
        bool group = syscall(NR_PIDFD_SEND_SIGNAL, self, 0, NULL, 4) == 0 || errno == ESRCH;
        found |= group ? LC_FEATURE_PIDFD_GROUP : 0;
    }
    if (self >= 0) {
        close(self);
    }
    return found;
}

TEST_BEFORE_INIT(what_the_system_can_do_is_used) {
    lc_u64 expected = features_of_this_system() & ~test_disable();
    if (!(expected & LC_FEATURE_PIDFD)) {
        expected &= ~(lc_u64) (LC_FEATURE_PIDFD_GROUP | LC_FEATURE_CLONE3);
    }
    lc_u64 asked = LC_FEATURE_CLONE3 | LC_FEATURE_CLOSE_RANGE | LC_FEATURE_PIDFD | LC_FEATURE_PIDFD_GROUP;
    CHECK_EQ(expected, features() & asked);
}

TEST_BEFORE_INIT(first_call_decides) {
    lc_i64 first = lc_init(test_disable());
    CHECK_EQ(first, lc_init(~test_disable()));
    CHECK_EQ(first, lc_init(0));
}

TEST_BEFORE_INIT(everything_can_be_disabled) {
    CHECK_EQ((lc_i64) LC_ABI << 32, lc_init((lc_u64) -1));
}

TEST_BEFORE_INIT(without_pidfd_nothing_stands_on_it) {
    lc_u64 found = (lc_u32) lc_init(LC_FEATURE_PIDFD);
    CHECK_EQ(0, found & (LC_FEATURE_PIDFD | LC_FEATURE_PIDFD_GROUP | LC_FEATURE_PIDFD_INFO | LC_FEATURE_CLONE_PIDFD));
}

TEST_BEFORE_INIT(other_calls_decide_as_well) {
    struct child child;
    START(&child, "exit", "2");
    expect_exit(&child, 2);
    lc_u64 found = (lc_u32) lc_init((lc_u64) -1); /* too late to disable anything */
    CHECK(found != 0 || test_absent() != 0);
    CHECK_EQ(0, found & LC_FEATURE_SIGCHLD_REPAIRED);
}

static void handler(int signal) {
    (void) signal;
}

static struct sigaction action_of_sigchld(void) {
    struct sigaction action;
    CHECK_EQ(0, sigaction(SIGCHLD, NULL, &action));
    return action;
}

TEST_BEFORE_INIT(ignored_sigchld_is_repaired) {
    signal(SIGCHLD, SIG_IGN);
    CHECK(features() & LC_FEATURE_SIGCHLD_REPAIRED);
    CHECK(action_of_sigchld().sa_handler == SIG_DFL);
    CHECK(features() & LC_FEATURE_SIGCHLD_REPAIRED);
    struct child child;
    START(&child, "exit", "3");
    expect_exit(&child, 3);
}

TEST_BEFORE_INIT(nocldwait_is_repaired_and_the_handler_stays) {
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = handler, .sa_flags = SA_NOCLDWAIT | SA_RESTART}, NULL);
    CHECK(features() & LC_FEATURE_SIGCHLD_REPAIRED);
    CHECK(action_of_sigchld().sa_handler == handler);
    CHECK_EQ(0, action_of_sigchld().sa_flags & SA_NOCLDWAIT);
    CHECK(action_of_sigchld().sa_flags & SA_RESTART);
    struct child child;
    START(&child, "exit", "3");
    expect_exit(&child, 3);
}

TEST_BEFORE_INIT(handler_of_sigchld_is_left_alone) {
    signal(SIGCHLD, handler);
    CHECK_EQ(0, features() & LC_FEATURE_SIGCHLD_REPAIRED);
    CHECK(action_of_sigchld().sa_handler == handler);
    signal(SIGCHLD, SIG_DFL);
}

TEST_BEFORE_INIT(default_sigchld_is_left_alone) {
    CHECK_EQ(0, features() & LC_FEATURE_SIGCHLD_REPAIRED);
    CHECK(action_of_sigchld().sa_handler == SIG_DFL);
}
