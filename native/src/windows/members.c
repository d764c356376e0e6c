/*
 * members.c - the members of a job, with names and handles.
 *
 * A pid of the list may be reused before it is opened: only a process that is in the job counts. A member that cannot
 * be opened (it runs with more rights than this process, or there is no memory for a handle) is alive as long as the
 * job lists it.
 *
 * The host of a hidden console, conhost.exe, is in the job of the first program that uses the console. It belongs to
 * the system and ends with the last of its users: it does not count as a member, and explains a count like a zombie.
 */
#include "internal.h"

enum { FEW_PROCESSES = 64, LONGEST_IMAGE = 1024, LONGEST_COMMAND = 15 };

/* Receives the members that are found. */
struct collection {
    struct lc_member *members;
    lc_i64 capacity;
    lc_i64 count;
    lc_i64 handles_left; /* how many more may be kept open */
};

static JOBOBJECT_BASIC_PROCESS_ID_LIST *allocate_list(DWORD capacity, DWORD *bytes) {
    *bytes = (DWORD) (offsetof(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList) + capacity * sizeof(ULONG_PTR));
    return lc_allocate(*bytes);
}

/* The list is from the heap. It can grow between two calls, so more room than needed is allocated. */
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

/* Writes as many whole characters of the name as fit. */
static void write_command(char command[LONGEST_COMMAND], const WCHAR *name, int length) {
    for (int units = length < LONGEST_COMMAND ? length : LONGEST_COMMAND; units > 0; units--) {
        if (!IS_HIGH_SURROGATE(name[units - 1])
            && WideCharToMultiByte(CP_UTF8, 0, name, units, command, LONGEST_COMMAND, NULL, NULL) > 0) {
            return;
        }
    }
}

/* Returns the length of the name; 0: it is not known. */
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

/* The handle may be NULL. */
static void fill_member(struct lc_member *member, lc_i64 leader, DWORD pid, HANDLE process) {
    *member = (struct lc_member){
        .size = sizeof *member,
        .state = 'R',
        .pid = pid,
        .leader = leader,
        .handle = -1,
        .started = process == NULL ? 0 : started_at(process),
    };
    if (process != NULL) {
        name_member(member, process);
    }
}

/* Takes over the handle, which may be NULL. */
static void collect(struct collection *to, lc_i64 leader, DWORD pid, HANDLE process) {
    int has_room = to->count < to->capacity;
    int keeps = has_room && process != NULL && to->handles_left > 0;
    if (has_room) {
        fill_member(&to->members[to->count], leader, pid, process);
    }
    if (keeps) {
        to->members[to->count].handle = lc_number(process);
        to->handles_left--;
    } else if (process != NULL) {
        CloseHandle(process);
    }
    to->count++;
}

static HANDLE open_process(DWORD pid) {
    return OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
}

static int is_live_member(HANDLE process, lc_i64 job) {
    BOOL inside = FALSE;
    return !lc_has_exited(process) && (!IsProcessInJob(process, lc_handle(job), &inside) || inside)
           && !is_console_host(process);
}

static int is_listed(const JOBOBJECT_BASIC_PROCESS_ID_LIST *list, DWORD pid) {
    for (DWORD i = 0; i < list->NumberOfProcessIdsInList; i++) {
        if (list->ProcessIdList[i] == pid) {
            return 1;
        }
    }
    return 0;
}

/* A process that cannot be queried counts as alive. */
static int is_still_in_job(lc_i64 job, DWORD pid) {
    JOBOBJECT_BASIC_PROCESS_ID_LIST *list;
    if (list_job(job, &list) != 0) {
        return 1;
    }
    int listed = is_listed(list, pid);
    lc_free(list);
    return listed;
}

/* Returns whether it is alive. */
static int look_at(struct collection *to, const struct lc_process *leader, DWORD pid) {
    HANDLE process = open_process(pid);
    int alive = process != NULL ? is_live_member(process, leader->group) : is_still_in_job(leader->group, pid);
    if (alive) {
        collect(to, leader->pid, pid, process);
    } else if (process != NULL) {
        CloseHandle(process);
    }
    return alive;
}

/*
 * The processes are counted again after the look. If there are more than were seen, one was started meanwhile: then the
 * zombies do not explain the count.
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

/* A leader without a handle was released. */
static lc_i64 look_at_leader(struct collection *to, const struct lc_process *leader, struct lc_group *group) {
    HANDLE own = lc_handle(leader->handle), process;
    if (leader->handle == -1 || lc_has_exited(own)) {
        return 0;
    }
    if (!DuplicateHandle(GetCurrentProcess(), own, GetCurrentProcess(), &process, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
        return lc_failure(LC_CALL_DUPLICATE_HANDLE, GetLastError());
    }
    collect(to, leader->pid, (DWORD) leader->pid, process);
    group->state = LC_GROUP_PRESENT;
    group->live = 1;
    return 0;
}

static void close_members(const struct collection *collected) {
    for (lc_i64 i = 0; i < collected->count && i < collected->capacity; i++) {
        if (collected->members[i].handle >= 0) {
            CloseHandle(lc_handle(collected->members[i].handle));
        }
    }
}

static void clear_members(const struct collection *collected) {
    for (lc_i64 i = 0; i < collected->capacity; i++) {
        collected->members[i] = (struct lc_member){.size = sizeof *collected->members, .handle = -1};
    }
}

static lc_i64 look_through(struct collection *to, const struct lc_process *leader, struct lc_group *group) {
    *group = (struct lc_group){.size = sizeof *group, .state = LC_GROUP_EMPTY};
    return leader->group == 0 ? look_at_leader(to, leader, group) : look_at_job(to, leader, group);
}

lc_i64 lc_members(const struct lc_scan *scan) {
    if (!lc_is_scan(scan)) {
        return lc_invalid();
    }
    const struct lc_process *leaders = (const struct lc_process *) scan->leaders;
    struct lc_group *groups = (struct lc_group *) scan->groups;
    struct collection found = {
        .members = (struct lc_member *) scan->members,
        .capacity = scan->capacity,
        .handles_left = scan->most_handles,
    };
    clear_members(&found);
    for (lc_i64 i = 0; i < scan->count; i++) {
        lc_i64 error = look_through(&found, &leaders[i], &groups[i]);
        if (error != 0) {
            close_members(&found);
            clear_members(&found);
            return error;
        }
    }
    return found.count;
}
