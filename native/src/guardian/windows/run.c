/*
 * run.c - what runs for a process in a step: a command of the policy, or event.exe, which sends an event to a console.
 * The guardian does not attach to consoles itself: it would get the events too, after it has attached to the next one.
 *
 * One starts at a time, so all use the same static arrays.
 */
#include "guard.h"

enum { MOST_WORDS = 512, MEMBERS_AT_ONCE = 16, LONGEST_NUMBER = 11 };

static const WCHAR event_name[] = L"event.exe";
static const WCHAR variable[] = L"LASTCALL_PID=";

static WCHAR event_program[LC_LONGEST]; /* in the folder of this program; empty: not known */
static WCHAR own_variable[sizeof variable / sizeof *variable + LONGEST_NUMBER];
static const WCHAR *no_variables[] = {own_variable, NULL};
static const WCHAR **variables = no_variables; /* the first is the command's own */
static const WCHAR *words[1 + MOST_WORDS + 1]; /* the first is for the library */
static lc_i64 null_device = -1;

WCHAR *append_number(WCHAR *end, lc_u32 number) {
    WCHAR digits[LONGEST_NUMBER];
    WCHAR *first = digits + LONGEST_NUMBER - 1;
    *first = 0;
    do {
        *--first = (WCHAR) (L'0' + number % 10);
        number /= 10;
    } while (number > 0);
    return lc_append(end, first);
}

static void find_event_program(void) {
    DWORD length = GetModuleFileNameW(NULL, event_program, LC_LONGEST);
    while (length > 0 && event_program[length - 1] != L'\\') {
        length--;
    }
    if (length + sizeof event_name / sizeof *event_name <= LC_LONGEST) {
        lc_append(event_program + length, event_name);
    }
}

static int is_own(const WCHAR *entry) {
    int i = 0;
    while (variable[i] != 0 && entry[i] == variable[i]) {
        i++;
    }
    return variable[i] == 0;
}

/* Without memory a command gets only its own variable. */
static void take_environment(void) {
    const WCHAR *block = GetEnvironmentStringsW();
    SIZE_T count = 0;
    for (const WCHAR *entry = block; entry != NULL && *entry != 0; entry += lc_length(entry) + 1) {
        count++;
    }
    const WCHAR **all = lc_allocate((1 + count + 1) * sizeof *all);
    if (block == NULL || all == NULL) {
        return;
    }
    SIZE_T at = 0;
    all[at++] = own_variable;
    for (const WCHAR *entry = block; *entry != 0; entry += lc_length(entry) + 1) {
        if (!is_own(entry)) {
            all[at++] = entry;
        }
    }
    all[at] = NULL;
    variables = all;
}

void commands_begin(void) {
    find_event_program();
    take_environment();
    HANDLE null = CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, 0, NULL);
    null_device = null == INVALID_HANDLE_VALUE ? LC_STDIO_INHERIT : lc_number(null);
    if (memory->directory[0] != 0) {
        SetCurrentDirectoryW(memory->directory);
    }
}

/* Starts what `words` say. */
static lc_i64 start(struct guarded *one) {
    const WCHAR *const candidates[] = {words[1], NULL};
    append_number(lc_append(own_variable, variable), one->pid);
    const struct lc_spawn_request request = {
        .size = sizeof request,
        .flags = LC_SPAWN_NEW_GROUP,
        .candidates = (lc_u64) candidates,
        .argv = (lc_u64) words,
        .envp = (lc_u64) variables,
        .in = null_device,
        .out = null_device,
        .err = null_device,
    };
    struct lc_process process = {.size = sizeof process};
    lc_i64 error = lc_start(&request, &process);
    if (error == 0) {
        one->command = lc_handle(process.handle);
        one->command_job = lc_handle(process.group);
    }
    return error;
}

lc_i64 run(struct guarded *one, const void *command) {
    lc_i32 count = *(const lc_i32 *) command;
    const WCHAR *word = (const WCHAR *) ((const char *) command + sizeof count);
    if (count < 1 || count > MOST_WORDS) {
        return lc_invalid();
    }
    for (int i = 0; i < count; i++) {
        words[1 + i] = word;
        word += lc_length(word) + 1;
    }
    words[1 + count] = NULL;
    return start(one);
}

/* Returns the pid of a member after the end of the leader, and holds its handle; 0: there is none. */
static DWORD find_receiver(struct guarded *one) {
    static struct lc_member members[MEMBERS_AT_ONCE];
    struct lc_process leader = as_process(one);
    struct lc_group group = {.size = sizeof group};
    DWORD pid = 0;
    for (int i = 0; i < MEMBERS_AT_ONCE; i++) {
        members[i].size = sizeof members[i];
    }
    const struct lc_scan scan = {
        .size = sizeof scan,
        .leaders = (lc_u64) &leader,
        .groups = (lc_u64) &group,
        .count = 1,
        .members = (lc_u64) members,
        .capacity = MEMBERS_AT_ONCE,
        .most_handles = MEMBERS_AT_ONCE,
    };
    if (lc_members(&scan) < 0) {
        return 0;
    }
    for (int i = 0; i < MEMBERS_AT_ONCE; i++) {
        if (members[i].handle == -1) {
            continue;
        }
        if (pid == 0) {
            pid = (DWORD) members[i].pid;
            one->receiver = lc_handle(members[i].handle);
        } else {
            CloseHandle(lc_handle(members[i].handle));
        }
    }
    return pid;
}

/* In a console that it shares with others the event is for its group, which has the number of the leader. */
lc_i64 send_break(struct guarded *one) {
    static WCHAR receiver[LONGEST_NUMBER], group[LONGEST_NUMBER];
    DWORD pid = one->exited ? find_receiver(one) : one->pid;
    if (pid == 0) {
        return lc_error_word(LC_STAGE_NONE, LC_CALL_NONE, LC_ERR_GONE, 0);
    }
    append_number(receiver, pid);
    append_number(group, one->shares_console ? one->pid : 0);
    const WCHAR *const line[] = {event_program, receiver, group, L"1", NULL};
    for (int i = 0; i < (int) (sizeof line / sizeof *line); i++) {
        words[1 + i] = line[i];
    }
    return start(one);
}

int end_command(struct guarded *one) {
    DWORD code = 0;
    int has_failed = one->command != NULL && lc_has_exited(one->command)
                     && GetExitCodeProcess(one->command, &code) && code != 0;
    if (one->command_job != NULL) {
        TerminateJobObject(one->command_job, LC_TERMINATED);
    }
    close_handle(&one->command);
    close_handle(&one->command_job);
    close_handle(&one->receiver);
    return has_failed;
}
