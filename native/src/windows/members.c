/*
 * members.c - the members of a job, with names and handles.
 *
 * A number of the list may be another process's by the time that it is opened: only one that is in the job counts. A
 * member that may not be opened (it runs with more rights than we have) is alive for all that we know.
 *
 * A hidden console brings its host, conhost.exe, into the job of the first program that uses it. It belongs to the
 * system and ends with the last of its users: it is no member, and explains a count as a zombie does.
 */
#include "internal.h"

enum { FEW_PROCESSES = 64, LONGEST_IMAGE = 1024, LONGEST_COMMAND = 15 };

/* Where the members that are found go. */
struct collection {
    struct lc_member *members;
    lc_i64 capacity;
    lc_i64 count;
};

static JOBOBJECT_BASIC_PROCESS_ID_LIST *allocate_list(DWORD capacity, DWORD *bytes) {
    *bytes = (DWORD) (offsetof(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList) + capacity * sizeof(ULONG_PTR));
    return lc_allocate(*bytes);
}

/* The list comes from the heap. It grows between two questions, so more room than was needed is asked for. */
static lc_i64 list_job(lc_i64 job, JOBOBJECT_BASIC_PROCESS_ID_LIST **list) {
    for (DWORD capacity = FEW_PROCESSES;;) {
        DWORD bytes;
        *list = allocate_list(capacity, &bytes);
        if (*list == NULL) {
            return lc_failure(LC_CALL_HEAP_ALLOC, ERROR_NOT_ENOUGH_MEMORY);
        }
        (*list)->NumberOfAssignedProcesses = 0;
        BOOL all = QueryInformationJobObject(lc_handle(job), JobObjectBasicProcessIdList, *list, bytes, NULL);
        DWORD code = all ? 0 : GetLastError();
        if (all && (*list)->NumberOfProcessIdsInList >= (*list)->NumberOfAssignedProcesses) {
            return 0;
        }
        DWORD assigned = (*list)->NumberOfAssignedProcesses;
        lc_free(*list);
        if (!all && code != ERROR_MORE_DATA) {
            return lc_failure(LC_CALL_QUERY_INFORMATION_JOB_OBJECT, code);
        }
        capacity = 2 * (assigned > capacity ? assigned : capacity);
    }
}

static int is_folder_end(WCHAR unit) {
    return unit == L'\\' || unit == L'/';
}

/* As much of the name as there is room for, with no character cut in two. */
static void write_command(char command[LONGEST_COMMAND], const WCHAR *name, int length) {
    for (int units = length < LONGEST_COMMAND ? length : LONGEST_COMMAND; units > 0; units--) {
        if (!IS_HIGH_SURROGATE(name[units - 1])
            && WideCharToMultiByte(CP_UTF8, 0, name, units, command, LONGEST_COMMAND, NULL, NULL) > 0) {
            return;
        }
    }
}

/* Returns its length; 0: it cannot be told. */
static DWORD image_of(HANDLE process, WCHAR image[LONGEST_IMAGE]) {
    DWORD length = LONGEST_IMAGE;
    return QueryFullProcessImageNameW(process, 0, image, &length) ? length : 0;
}

static int is_console_host(HANDLE process) {
    static const WCHAR file[] = L"\\conhost.exe";
    WCHAR image[LONGEST_IMAGE], host[MAX_PATH + sizeof file];
    UINT folder = GetSystemDirectoryW(host, MAX_PATH);
    DWORD length = image_of(process, image);
    if (length == 0 || folder == 0 || folder >= MAX_PATH) {
        return 0;
    }
    lc_append(host + folder, file);
    return CompareStringOrdinal(image, (int) length, host, -1, TRUE) == CSTR_EQUAL;
}

static void name_member(struct lc_member *member, HANDLE process) {
    WCHAR image[LONGEST_IMAGE];
    char command[LONGEST_COMMAND + 1] = "";
    DWORD length = image_of(process, image), start = length;
    while (start > 0 && !is_folder_end(image[start - 1])) {
        start--;
    }
    write_command(command, image + start, (int) (length - start));
    lc_u64 words[2];
    for (size_t i = 0; i < sizeof words; i++) {
        ((char *) words)[i] = command[i];
    }
    member->command_head = words[0];
    member->command_tail = words[1];
}

static lc_u64 started_at(HANDLE process) {
    FILETIME created, exited, kernel, user;
    if (!GetProcessTimes(process, &created, &exited, &kernel, &user)) {
        return 0;
    }
    return (lc_u64) created.dwHighDateTime << 32 | created.dwLowDateTime;
}

/* Takes over the handle, which may be NULL. */
static void collect(struct collection *to, lc_i64 leader, DWORD pid, HANDLE process) {
    if (to->count++ >= to->capacity) {
        if (process != NULL) {
            CloseHandle(process);
        }
        return;
    }
    struct lc_member *member = &to->members[to->count - 1];
    *member = (struct lc_member){
        .size = sizeof *member,
        .state = 'R',
        .pid = pid,
        .leader = leader,
        .handle = process == NULL ? -1 : lc_number(process),
        .started = process == NULL ? 0 : started_at(process),
    };
    if (process != NULL) {
        name_member(member, process);
    }
}

static HANDLE open_process(DWORD pid) {
    return OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
}

static int is_live_member(HANDLE process, lc_i64 job) {
    BOOL inside = FALSE;
    return !lc_has_exited(process) && (!IsProcessInJob(process, lc_handle(job), &inside) || inside)
           && !is_console_host(process);
}

/* Returns whether it is alive. */
static int look_at(struct collection *to, const struct lc_process *leader, DWORD pid) {
    HANDLE process = open_process(pid);
    if (process == NULL && GetLastError() != ERROR_ACCESS_DENIED) {
        return 0;
    }
    if (process != NULL && !is_live_member(process, leader->group)) {
        CloseHandle(process);
        return 0;
    }
    collect(to, leader->pid, pid, process);
    return 1;
}

/*
 * Counted once more after the look: whoever is counted then and was not seen to have ended is one that was started
 * meanwhile, and nothing here explains it.
 */
static lc_i64 look_at_job(struct collection *to, const struct lc_process *leader, struct lc_group *group) {
    JOBOBJECT_BASIC_PROCESS_ID_LIST *list;
    lc_i64 error = list_job(leader->group, &list);
    if (error != 0) {
        return error;
    }
    lc_i64 ended = 0;
    for (DWORD i = 0; i < list->NumberOfProcessIdsInList; i++) {
        if (look_at(to, leader, (DWORD) list->ProcessIdList[i])) {
            group->live++;
        } else {
            ended += (DWORD) list->ProcessIdList[i] != leader->pid;
        }
    }
    lc_free(list);
    DWORD active = 0;
    DWORD code = lc_count_active(leader->group, &active);
    if (code != 0) {
        return lc_failure(LC_CALL_QUERY_INFORMATION_JOB_OBJECT, code);
    }
    group->state = active > 0 ? LC_GROUP_PRESENT : LC_GROUP_EMPTY;
    group->zombies = active <= group->live + ended ? ended : 0;
    return 0;
}

static lc_i64 look_at_leader(struct collection *to, const struct lc_process *leader, struct lc_group *group) {
    HANDLE own = lc_handle(leader->handle), process;
    if (lc_has_exited(own)) {
        return 0;
    }
    if (!DuplicateHandle(GetCurrentProcess(), own, GetCurrentProcess(), &process, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
        return lc_failure(LC_CALL_DUPLICATE_HANDLE, GetLastError());
    }
    collect(to, leader->pid, (DWORD) leader->pid, process);
    group->live = 1;
    return 0;
}

static void forget(struct collection *collected) {
    for (lc_i64 i = 0; i < collected->count && i < collected->capacity; i++) {
        if (collected->members[i].handle >= 0) {
            CloseHandle(lc_handle(collected->members[i].handle));
        }
        collected->members[i].handle = -1;
        collected->members[i].pid = 0;
    }
}

lc_i64 lc_members(const struct lc_process *leaders, struct lc_group *groups, lc_i64 count, lc_i32 flags,
                  struct lc_member *members, lc_i64 capacity) {
    if (!lc_are_members_arguments(leaders, groups, count, flags, members, capacity)) {
        return lc_invalid();
    }
    for (lc_i64 i = 0; i < capacity; i++) {
        members[i].pid = 0;
    }
    struct collection found = {members, capacity, 0};
    for (lc_i64 i = 0; i < count; i++) {
        groups[i] = (struct lc_group){.size = sizeof groups[i], .state = LC_GROUP_EMPTY};
        lc_i64 error = leaders[i].group == 0 ? look_at_leader(&found, &leaders[i], &groups[i])
                                             : look_at_job(&found, &leaders[i], &groups[i]);
        if (error != 0) {
            forget(&found);
            return error;
        }
    }
    return found.count;
}
