#include "test.h"

#include <sys/prctl.h>
#include <sys/wait.h>

/* What lc_start() has filled in, as nothing is asked. */
TEST(running_leader) {
    struct child child;
    START(&child, "read-line");
    CHECK_EQ(LC_GROUP_PRESENT, child.process.group_state);
    CHECK_EQ(LC_GROUP_PRESENT, group_state(&child.process));
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(unreaped_leader_counts) {
    struct child child;
    START(&child, "exit", "0");
    await_exit(&child);
    CHECK_EQ(LC_GROUP_PRESENT, group_state(&child.process));
    expect_exit(&child, 0);
}

/* If a group has the number, it could be another one; if no group has it, ours does not exist. */
static void check_after_the_reap(const struct child *child, int state) {
    bool by_pidfd = (features() & LC_FEATURE_PIDFD_GROUP) != 0;
    CHECK_EQ(state == LC_GROUP_PRESENT && !by_pidfd ? LC_GROUP_UNKNOWN : state, group_state(&child->process));
}

TEST(empty_after_the_reap) {
    struct child child;
    START(&child, "exit", "0");
    reap(&child);
    check_after_the_reap(&child, LC_GROUP_EMPTY);
    close_child(&child);
}

TEST(member_outlives_the_leader) {
    struct child child;
    long ids[3];
    START(&child, "fork", "print-ids", "pause", "end");
    read_numbers(&child, 3, ids);
    await_exit(&child);
    CHECK_EQ(LC_GROUP_PRESENT, group_state(&child.process));
    reap(&child);
    check_after_the_reap(&child, LC_GROUP_PRESENT);
    CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
    reap_orphan((pid_t) ids[0]);
    check_after_the_reap(&child, LC_GROUP_EMPTY);
    close_child(&child);
}

static void skip_if_emulated(void) {
    if (test_emulated()) {
        SKIP("the emulator does not say who is a subreaper");
    }
}

TEST(inherited_member_is_reaped) {
    skip_if_emulated();
    struct child child;
    long ids[3];
    siginfo_t exit;
    START(&child, "fork", "print-ids", "pause", "end");
    read_numbers(&child, 3, ids);
    reap(&child);
    CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
    CHECK_EQ(0, waitid(P_PID, (id_t) ids[0], &exit, WEXITED | WNOWAIT));
    if ((features() & LC_FEATURE_PIDFD_GROUP) == 0) {
        reap_orphan((pid_t) ids[0]);
    }
    CHECK_EQ(LC_GROUP_EMPTY, group_state(&child.process));
    CHECK_EQ(-1, waitpid((pid_t) ids[0], NULL, WNOHANG));
    CHECK_EQ(ECHILD, errno);
    close_child(&child);
}

static void leave_own_children(void *unused) {
    (void) unused;
    struct child leader;
    CHECK_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
    START(&leader, "pause");
    CHECK_EQ(0, setpgid(0, (pid_t) leader.process.pid));
    pid_t own = leave_zombie();
    CHECK_OK(send_signal(&leader.process, LC_SCOPE_LEADER, LC_SIGKILL));
    reap(&leader);
    check_after_the_reap(&leader, LC_GROUP_PRESENT);
    CHECK_EQ(own, waitpid(own, NULL, WNOHANG));
    close_child(&leader);
}

TEST(child_of_this_process_in_its_own_group_is_not_reaped) {
    skip_if_emulated();
    run_in_a_child(leave_own_children, NULL);
}

TEST(member_that_left_does_not_count) {
    struct child child;
    long ids[3];
    START(&child, "fork", "new-group", "print-ids", "pause", "end");
    read_numbers(&child, 3, ids);
    CHECK_EQ(ids[0], ids[1]);
    reap(&child);
    check_after_the_reap(&child, LC_GROUP_EMPTY);
    CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
    reap_orphan((pid_t) ids[0]);
    close_child(&child);
}

TEST(leader_that_left_its_group) {
    struct child child;
    long member[3], leader[3];
    START(&child, "fork", "print-ids", "pause", "end", "read-line", "leave-group", "print-ids", "read-line");
    read_numbers(&child, 3, member);
    tell(&child, "\n");
    read_numbers(&child, 3, leader);
    tell(&child, "\n");
    await_exit(&child);
    CHECK_EQ(LC_GROUP_EMPTY, group_state(&child.process)); /* a zombie in another group */
    expect_exit(&child, 0);
    CHECK_EQ(0, kill((pid_t) member[0], SIGKILL));
    reap_orphan((pid_t) member[0]);
}

TEST(no_group_of_its_own) {
    struct setup setup;
    struct child child;
    SET_UP(&setup, "read-line");
    setup.request.flags = 0;
    start(&child, &setup);
    CHECK_EQ(LC_GROUP_EMPTY, child.process.group_state);
    tell(&child, "\n");
    await_exit(&child);
    CHECK_EQ(LC_GROUP_EMPTY, group_state(&child.process));
    expect_exit(&child, 0);
}

static void look_as_another_user(void *unused) {
    (void) unused;
    struct child child;
    START(&child, "ready", "read-line");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, setresuid(65534, 65534, 65534));
    tell(&child, "\n");
    await_exit(&child);
    CHECK_EQ(LC_GROUP_PRESENT, group_state(&child.process));
    expect_exit(&child, 0);
}

TEST(another_users_member_is_present) {
    skip_unless_root();
    run_in_a_child(look_as_another_user, NULL);
}
