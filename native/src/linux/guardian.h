/*
 * guardian.h - what the library and the program of the guardian exchange, except the slots, which lastcall.h defines.
 *
 * The guardian gets its descriptors under fixed numbers, the slots in shared memory, and the processes as messages: a
 * slot number with the pidfd of the process. It answers once, when it is ready: 64 bits, LC_ABI and the number of slots
 * that it can hold, or the error that prevented its start.
 */
#ifndef LASTCALL_LINUX_GUARDIAN_H
#define LASTCALL_LINUX_GUARDIAN_H

#include <linux/stat.h>
#include <linux/uio.h>

#include "internal.h"

/* The guardian's descriptors. */
enum { LC_GUARDIAN_SOCKET = 3, LC_GUARDIAN_MEMORY = 4, LC_GUARDIAN_OWNER = 5, LC_GUARDIAN_UNUSED = 6 };

/* What the memory begins with, in the place of a slot. */
struct lc_guarded {
    lc_u32 abi;
    lc_u32 slots;
    lc_i64 owner; /* its pid, which its pidfd belongs to */
    lc_i64 group; /* the owner's, and its session */
    lc_i64 session;
    lc_u64 features; /* what it does without is done without */
    char directory[LC_SLOT_BYTES - 40]; /* its working directory */
};

_Static_assert(sizeof(struct lc_guarded) <= LC_SLOT_BYTES, "it stands in the place of a slot");

/* A process, with its pidfd. */
struct lc_registration {
    lc_u32 slot;
    lc_u32 generation;
    lc_i64 pid;
    lc_u64 out; /* the inode of the pipe from its standard output to the owner, 0: there is none */
    lc_u64 err;
    lc_i64 out_end; /* the owner's ends of these pipes */
    lc_i64 err_end;
};

/* What libc's headers wrap: struct msghdr and struct cmsghdr with one descriptor. */
struct lc_message {
    void *name;
    int name_length;
    struct iovec *parts;
    unsigned long part_count;
    void *control;
    unsigned long control_length;
    int flags;
};

struct lc_descriptor_message {
    unsigned long length;
    int level;
    int type;
    int descriptor;
};

enum {
    LC_AF_UNIX = 1,
    LC_SOCK_SEQPACKET = 5,
    LC_SOL_SOCKET = 1,
    LC_SCM_RIGHTS = 1,
    LC_MSG_DONTWAIT = 0x40,
    LC_MSG_NOSIGNAL = 0x4000,
    LC_MSG_CMSG_CLOEXEC = 0x40000000
};

/* The inode of a pipe; 0: it is no pipe, or the inode cannot be read. */
static inline lc_u64 lc_pipe_inode(lc_i64 pipe) {
    struct stat found;
    return pipe >= 0 && sys_fstat(pipe, &found) == 0 && (found.st_mode & S_IFMT) == S_IFIFO ? found.st_ino : 0;
}

/*
 * Never blocks: EAGAIN, the guardian reads nothing; ETOOMANYREFS likewise; EPIPE or ECONNRESET, it has ended. Defined
 * here for child.c, which calls nothing that a sanitizer may be in.
 */
static inline lc_i64 lc_register(lc_i64 socket, lc_i64 pidfd, struct lc_registration *registration) {
    struct iovec part = {.iov_base = registration, .iov_len = sizeof *registration};
    struct lc_descriptor_message rights = {
        .length = offsetof(struct lc_descriptor_message, descriptor) + sizeof(int),
        .level = LC_SOL_SOCKET,
        .type = LC_SCM_RIGHTS,
        .descriptor = (int) pidfd,
    };
    struct lc_message message = {
        .parts = &part,
        .part_count = 1,
        .control = &rights,
        .control_length = sizeof rights,
    };
    long result;
    do {
        result = sys_sendmsg(socket, &message, LC_MSG_DONTWAIT | LC_MSG_NOSIGNAL);
    } while (result == -EINTR);
    return result < 0 ? lc_failure_at(LC_STAGE_GUARDIAN, LC_CALL_SENDMSG, result) : 0;
}

#endif
