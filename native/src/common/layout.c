/*
 * layout.c - the shape of the contract. The bindings carry these sizes and offsets as constants, so a change here is a
 * change of LC_ABI.
 */
#include "common.h"

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "size of " #type)
#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), "offset of " #type "." #field)

SIZE(lc_i32, 4);
SIZE(lc_u32, 4);
SIZE(lc_i64, 8);
SIZE(lc_u64, 8);

SIZE(struct lc_spawn_request, 104);
AT(struct lc_spawn_request, size, 0);
AT(struct lc_spawn_request, flags, 4);
AT(struct lc_spawn_request, candidates, 8);
AT(struct lc_spawn_request, argv, 16);
AT(struct lc_spawn_request, envp, 24);
AT(struct lc_spawn_request, directory, 32);
AT(struct lc_spawn_request, in, 40);
AT(struct lc_spawn_request, out, 48);
AT(struct lc_spawn_request, err, 56);
AT(struct lc_spawn_request, kept, 64);
AT(struct lc_spawn_request, kept_count, 72);
AT(struct lc_spawn_request, guardian, 80);
AT(struct lc_spawn_request, slot, 88);
AT(struct lc_spawn_request, generation, 92);
AT(struct lc_spawn_request, cgroup, 96);

SIZE(struct lc_process, 168);
AT(struct lc_process, size, 0);
AT(struct lc_process, act, 4);
AT(struct lc_process, pid, 8);
AT(struct lc_process, group, 16);
AT(struct lc_process, handle, 24);
AT(struct lc_process, in, 32);
AT(struct lc_process, out, 40);
AT(struct lc_process, err, 48);
AT(struct lc_process, scope, 56);
AT(struct lc_process, signal, 60);
AT(struct lc_process, sent, 64);
AT(struct lc_process, looked, 72);
AT(struct lc_process, kind, 80);
AT(struct lc_process, code, 84);
AT(struct lc_process, exit_signal, 88);
AT(struct lc_process, core, 92);
AT(struct lc_process, reaped, 96);
AT(struct lc_process, group_state, 100);
AT(struct lc_process, escaped, 104);
AT(struct lc_process, escaped_room, 112);
AT(struct lc_process, escaped_count, 116);
AT(struct lc_process, out_inode, 120);
AT(struct lc_process, err_inode, 128);
AT(struct lc_process, cgroup, 136);
AT(struct lc_process, mark, 144);
AT(struct lc_process, last_pid, 152);
AT(struct lc_process, wait_ns, 160);

SIZE(struct lc_group, 24);
AT(struct lc_group, size, 0);
AT(struct lc_group, state, 4);
AT(struct lc_group, live, 8);
AT(struct lc_group, zombies, 16);

SIZE(struct lc_member, 96);
AT(struct lc_member, size, 0);
AT(struct lc_member, state, 4);
AT(struct lc_member, pid, 8);
AT(struct lc_member, leader, 16);
AT(struct lc_member, group, 24);
AT(struct lc_member, handle, 32);
AT(struct lc_member, started, 40);
AT(struct lc_member, command_head, 48);
AT(struct lc_member, command_tail, 56);
AT(struct lc_member, signal_state, 64);
AT(struct lc_member, refused, 68);
AT(struct lc_member, ignored, 72);
AT(struct lc_member, blocked, 80);
AT(struct lc_member, caught, 88);

SIZE(struct lc_scan, 72);
AT(struct lc_scan, size, 0);
AT(struct lc_scan, flags, 4);
AT(struct lc_scan, leaders, 8);
AT(struct lc_scan, groups, 16);
AT(struct lc_scan, count, 24);
AT(struct lc_scan, members, 32);
AT(struct lc_scan, capacity, 40);
AT(struct lc_scan, most_handles, 48);
AT(struct lc_scan, held, 56);
AT(struct lc_scan, held_count, 64);

SIZE(struct lc_signal, 12);
AT(struct lc_signal, signal, 0);
AT(struct lc_signal, code, 4);
AT(struct lc_signal, pid, 8);

SIZE(struct lc_slot, 32);
AT(struct lc_slot, state, 0);
AT(struct lc_slot, generation, 4);
AT(struct lc_slot, mode, 8);
AT(struct lc_slot, reached, 12);
AT(struct lc_slot, count, 16);
AT(struct lc_slot, cgroup, 20);
AT(struct lc_slot, mark, 24);

SIZE(struct lc_step, 16);
AT(struct lc_step, kind, 0);
AT(struct lc_step, what, 4);
AT(struct lc_step, timeout_ns, 8);

SIZE(struct lc_guardian, 64);
AT(struct lc_guardian, size, 0);
AT(struct lc_guardian, slots, 4);
AT(struct lc_guardian, program, 8);
AT(struct lc_guardian, length, 16);
AT(struct lc_guardian, path, 24);
AT(struct lc_guardian, environment, 32);
AT(struct lc_guardian, memory, 40);
AT(struct lc_guardian, address, 48);
AT(struct lc_guardian, socket, 56);
