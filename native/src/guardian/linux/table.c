/* table.c - the processes that the owner has registered, and the owner's slots. */
#include "guard.h"

struct guarded table[MOST_SLOTS];
lc_u32 used;
lc_u64 received;
const struct lc_guarded *memory;

/* The registration of an earlier process in the slot is void, and so is a slot whose process is not registered. */
const struct lc_slot *slot_to_stop(lc_u32 index) {
    const struct lc_slot *slot = slot_at(memory, index);
    const struct guarded *one = &table[index];
    return one->pidfd != 0 && one->generation == slot->generation && slot->state == LC_SLOT_ARMED ? slot : NULL;
}

void forget(struct guarded *one) {
    if (one->pidfd != 0) {
        close_members(one);
        close_held_pipes(one);
        sys_close(one->pidfd);
        one->pidfd = 0;
    }
}

static void enter(const struct lc_registration *registration, int pidfd) {
    struct guarded *one = &table[registration->slot];
    forget(one);
    received++;
    *one = (struct guarded){
        .pidfd = pidfd,
        .generation = registration->generation,
        .pid = registration->pid,
        .inodes = {registration->out, registration->err},
        .held = {NONE, NONE},
        .pipes = {NONE, NONE},
        .command = NONE,
    };
    hold_pipes(one, registration);
    if (registration->slot >= used) {
        used = registration->slot + 1;
    }
}

/* Returns the number of bytes as recvmsg(2) does. */
static long receive_one(void) {
    struct lc_registration registration;
    struct iovec part = {.iov_base = &registration, .iov_len = sizeof registration};
    struct lc_descriptor_message rights = {.length = 0};
    struct lc_message message = {
        .parts = &part,
        .part_count = 1,
        .control = &rights,
        .control_length = sizeof rights,
    };
    long bytes = sys_recvmsg(LC_GUARDIAN_SOCKET, &message, LC_MSG_DONTWAIT | LC_MSG_CMSG_CLOEXEC);
    if (bytes <= 0 || message.control_length < offsetof(struct lc_descriptor_message, descriptor) + sizeof(int)) {
        return bytes;
    }
    if (bytes == sizeof registration && registration.slot < memory->slots && registration.slot < MOST_SLOTS) {
        enter(&registration, rights.descriptor);
    } else {
        sys_close(rights.descriptor);
    }
    return bytes;
}

int receive(void) {
    long bytes;
    do {
        bytes = receive_one();
    } while (bytes > 0 || bytes == -EINTR);
    return bytes == -EAGAIN;
}
