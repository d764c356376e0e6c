#include "leaf.h"

#include <mntent.h>
#include <sys/stat.h>

char leaf[512];
char below[600];

void remove_leaf(void) {
    rmdir(below);
    rmdir(leaf);
}

lc_i64 make_leaf(void) {
    FILE *mounts = setmntent("/proc/self/mounts", "r");
    struct mntent *mount;
    while ((mount = getmntent(mounts)) != NULL && strcmp(mount->mnt_type, "cgroup2") != 0) {
    }
    char own[256] = "";
    char line[256];
    FILE *cgroups = fopen("/proc/self/cgroup", "r");
    while (fgets(line, sizeof line, cgroups) != NULL) {
        sscanf(line, "0::%255s", own);
    }
    fclose(cgroups);
    if (mount != NULL) {
        snprintf(leaf, sizeof leaf, "%s%s/lastcall-test-%d", mount->mnt_dir, own, getpid());
        snprintf(below, sizeof below, "%s/below", leaf);
    }
    endmntent(mounts);
    if (mount == NULL || own[0] == '\0' || mkdir(leaf, 0755) != 0) {
        SKIP("no cgroup v2 that may be written to");
    }
    if ((features() & LC_FEATURE_PIDFD) == 0) {
        remove_leaf();
        SKIP("no pidfds");
    }
    lc_i64 directory = lc_open(leaf, LC_OPEN_DIRECTORY);
    CHECK(directory >= 0);
    return directory;
}

void move_into(const char *cgroup, lc_i64 pid) {
    char file[700], number[32];
    snprintf(file, sizeof file, "%s/cgroup.procs", cgroup);
    int length = snprintf(number, sizeof number, "%lld", pid);
    int procs = open(file, O_WRONLY | O_CLOEXEC);
    CHECK(procs >= 0);
    CHECK_EQ(length, write(procs, number, (size_t) length));
    close(procs);
}
