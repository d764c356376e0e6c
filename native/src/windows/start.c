/*
 * start.c - the start of a process, in its job and with three handles of ours.
 *
 * CreateProcess sets both: the job at creation (PROC_THREAD_ATTRIBUTE_JOB_LIST), so that even the first instruction
 * runs in it, and the handles by a list, so that the child inherits only those. If the list of jobs is refused, as for
 * packaged programs, the child is created suspended, assigned and resumed. The job has no limits: it does not end with
 * our handle, and no process may leave it.
 *
 * With a guardian the child is created suspended, registered and resumed. If this process is killed meanwhile, nothing
 * would end the suspended child; so until it is registered its job ends with our handle.
 *
 * Listed handles must be inheritable. They are duplicates for the duration of the call: a process that other code
 * starts at the same time without a list inherits them too (the JDK does so).
 *
 * Consoles. A child shares the console of this process. With its own group it can get CTRL_BREAK_EVENT; then the system
 * does not send it Ctrl-C. If this process has no console, the child gets a hidden one for itself and its descendants,
 * and stays in the group of that console, so that an event for the console reaches all of them.
 *
 * A DWORD result is 0 or a code; an lc_i64 is the contract's.
 */
#include "internal.h"

#ifndef PROC_THREAD_ATTRIBUTE_JOB_LIST
#define PROC_THREAD_ATTRIBUTE_JOB_LIST ProcThreadAttributeValue(13, FALSE, TRUE, FALSE)
#endif

enum { STREAMS = 3, ATTRIBUTES = 2 };

/* The state of one start. Everything except the job, the pipes and the new process is released at its end. */
struct start {
    const struct lc_spawn_request *request;
    HANDLE streams[STREAMS]; /* inheritable, the child's, NULL: it has none */
    HANDLE pipes[STREAMS];   /* our ends of its pipes, NULL: none */
    HANDLE job;              /* NULL: none */
    WCHAR *environment;
    WCHAR *program;
    WCHAR *line;
    LPPROC_THREAD_ATTRIBUTE_LIST attributes;
    PROCESS_INFORMATION created;
    int is_suspended;
};

static const WCHAR *const *arguments_of(const struct start *start) {
    return (const WCHAR *const *) start->request->argv + 1;
}

/* Without a console or redirects this process has no streams to pass on. */
static lc_i64 duplicate(HANDLE source, HANDLE *stream) {
    if (source == NULL || source == INVALID_HANDLE_VALUE) {
        return 0;
    }
    HANDLE self = GetCurrentProcess();
    if (!DuplicateHandle(self, source, self, stream, 0, TRUE, DUPLICATE_SAME_ACCESS)) {
        *stream = NULL;
        return lc_failure_at(LC_STAGE_STDIO, LC_CALL_DUPLICATE_HANDLE, GetLastError());
    }
    return 0;
}

static lc_i64 make_pipe(struct start *start, int stream) {
    enum lc_direction direction = stream == 0 ? LC_TO_CHILD : LC_FROM_CHILD;
    DWORD code = lc_make_pipe(direction, &start->pipes[stream], &start->streams[stream]);
    if (code != 0) {
        start->pipes[stream] = start->streams[stream] = NULL;
        return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_CREATE_NAMED_PIPE, code);
    }
    return 0;
}

static lc_i64 prepare_stream(struct start *start, int stream, lc_i64 wanted) {
    const DWORD own[STREAMS] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    switch (wanted) {
    case LC_STDIO_PIPE:
        return make_pipe(start, stream);
    case LC_STDIO_TO_STDOUT:
        start->streams[stream] = start->streams[1];
        return 0;
    case LC_STDIO_INHERIT:
        return duplicate(GetStdHandle(own[stream]), &start->streams[stream]);
    default:
        return duplicate(lc_handle(wanted), &start->streams[stream]);
    }
}

static lc_i64 prepare_streams(struct start *start) {
    const lc_i64 wanted[STREAMS] = {start->request->in, start->request->out, start->request->err};
    lc_i64 error = 0;
    for (int i = 0; i < STREAMS && error == 0; i++) {
        error = prepare_stream(start, i, wanted[i]);
    }
    return error;
}

/* A list must not have a handle twice. */
static DWORD list_streams(const struct start *start, HANDLE list[STREAMS]) {
    DWORD count = 0;
    for (int i = 0; i < STREAMS; i++) {
        if (start->streams[i] != NULL && (i != 2 || start->streams[2] != start->streams[1])) {
            list[count++] = start->streams[i];
        }
    }
    return count;
}

/* Sets whether the job ends with its last handle. */
static lc_i64 set_limit(HANDLE job, int ends_with_handle) {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation.LimitFlags = ends_with_handle ? JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE : 0};
    BOOL done = SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    return done ? 0 : lc_failure_at(LC_STAGE_GUARDIAN, LC_CALL_CREATE_JOB_OBJECT, GetLastError());
}

static lc_i64 prepare_job(struct start *start) {
    if ((start->request->flags & LC_SPAWN_NEW_GROUP) == 0) {
        return 0;
    }
    start->job = CreateJobObjectW(NULL, NULL);
    if (start->job == NULL) {
        return lc_failure_at(LC_STAGE_GROUP, LC_CALL_CREATE_JOB_OBJECT, GetLastError());
    }
    return start->request->guardian == 0 ? 0 : set_limit(start->job, 1);
}

static lc_i64 out_of_memory(void) {
    return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_HEAP_ALLOC, ERROR_NOT_ENOUGH_MEMORY);
}

static lc_i64 prepare_attributes(struct start *start) {
    SIZE_T bytes = 0;
    InitializeProcThreadAttributeList(NULL, ATTRIBUTES, 0, &bytes);
    LPPROC_THREAD_ATTRIBUTE_LIST list = lc_allocate(bytes);
    if (list == NULL) {
        return out_of_memory();
    }
    if (!InitializeProcThreadAttributeList(list, ATTRIBUTES, 0, &bytes)) {
        DWORD code = GetLastError();
        lc_free(list);
        return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_PROCESS_ATTRIBUTES, code);
    }
    start->attributes = list;
    return 0;
}

static lc_i64 prepare(struct start *start) {
    start->environment = lc_environment_block((const WCHAR *const *) start->request->envp);
    start->program = lc_allocate(LC_LONGEST * sizeof(WCHAR));
    if (start->environment == NULL || start->program == NULL) {
        return out_of_memory();
    }
    lc_i64 error = prepare_job(start);
    return error != 0 ? error : prepare_streams(start);
}

static DWORD set_attribute(struct start *start, DWORD_PTR which, void *value, SIZE_T bytes) {
    return UpdateProcThreadAttribute(start->attributes, 0, which, value, bytes, NULL, NULL) ? 0 : GetLastError();
}

static DWORD console_flags(const struct start *start) {
    if (!lc_has_console()) {
        return CREATE_NO_WINDOW;
    }
    return start->job != NULL ? CREATE_NEW_PROCESS_GROUP : 0;
}

static DWORD set_attributes(struct start *start, HANDLE *list, DWORD listed, int in_job) {
    DWORD code = listed == 0 ? 0 : set_attribute(start, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list, listed * sizeof *list);
    if (code == 0 && in_job) {
        code = set_attribute(start, PROC_THREAD_ATTRIBUTE_JOB_LIST, &start->job, sizeof start->job);
    }
    return code;
}

static DWORD create_process(struct start *start, int inherits, DWORD flags) {
    STARTUPINFOEXW info = {
        .StartupInfo = {
            .cb = sizeof info,
            .dwFlags = STARTF_USESTDHANDLES,
            .hStdInput = start->streams[0],
            .hStdOutput = start->streams[1],
            .hStdError = start->streams[2],
        },
        .lpAttributeList = start->attributes,
    };
    flags |= CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT | console_flags(start);
    BOOL done = CreateProcessW(start->program, start->line, NULL, NULL, inherits, flags, start->environment,
                                  (const WCHAR *) start->request->directory, &info.StartupInfo, &start->created);
    return done ? 0 : GetLastError();
}

/* The list of attributes has pointers to variables in this frame, and is only used in it. */
static lc_i64 create(struct start *start, int in_job, DWORD flags) {
    lc_i64 error = prepare_attributes(start);
    if (error != 0) {
        return error;
    }
    HANDLE list[STREAMS];
    DWORD listed = list_streams(start, list);
    int call = LC_CALL_PROCESS_ATTRIBUTES;
    DWORD code = set_attributes(start, list, listed, in_job);
    if (code == 0) {
        call = LC_CALL_CREATE_PROCESS;
        code = create_process(start, listed > 0, flags);
    }
    DeleteProcThreadAttributeList(start->attributes);
    lc_free(start->attributes);
    return code == 0 ? 0 : lc_failure_at(code == ERROR_DIRECTORY ? LC_STAGE_DIRECTORY : LC_STAGE_EXEC, call, code);
}

/* It has not run yet, and never will. */
static void abandon(struct start *start) {
    TerminateProcess(start->created.hProcess, LC_TERMINATED);
    WaitForSingleObject(start->created.hProcess, INFINITE);
    CloseHandle(start->created.hThread);
    CloseHandle(start->created.hProcess);
}

static lc_i64 create_and_assign(struct start *start) {
    lc_i64 error = create(start, 0, CREATE_SUSPENDED);
    if (error != 0) {
        return error;
    }
    start->is_suspended = 1;
    if (!AssignProcessToJobObject(start->job, start->created.hProcess)) {
        error = lc_failure_at(LC_STAGE_GROUP, LC_CALL_ASSIGN_PROCESS_TO_JOB, GetLastError());
        abandon(start);
    }
    return error;
}

/* The codes if the list of jobs is refused. They can have other causes, which the second attempt shows. */
static int is_refusal(lc_i64 error) {
    int code = lc_error_code(error);
    return code == ERROR_ACCESS_DENIED || code == ERROR_INVALID_PARAMETER || code == ERROR_NOT_SUPPORTED;
}

static lc_i64 create_by_any_way(struct start *start) {
    start->is_suspended = start->request->guardian != 0;
    DWORD flags = start->is_suspended ? CREATE_SUSPENDED : 0;
    if (start->job == NULL) {
        return create(start, 0, flags);
    }
    if ((lc_features() & LC_FEATURE_JOB_LIST) != 0) {
        lc_i64 error = create(start, 1, flags);
        if (error == 0 || !is_refusal(error)) {
            return error;
        }
    }
    return create_and_assign(start);
}

static lc_i64 register_with_guardian(const struct start *start) {
    const struct lc_spawn_request *request = start->request;
    lc_i64 error = lc_register(request->guardian, request->slot, request->generation, start->created.dwProcessId,
                               start->created.hProcess, start->job);
    return error == 0 && start->job != NULL ? set_limit(start->job, 0) : error;
}

static lc_i64 resume(const struct start *start) {
    lc_i64 error = start->request->guardian == 0 ? 0 : register_with_guardian(start);
    if (error == 0 && ResumeThread(start->created.hThread) == (DWORD) -1) {
        error = lc_failure_at(LC_STAGE_EXEC, LC_CALL_RESUME_THREAD, GetLastError());
    }
    return error;
}

static lc_i64 create_and_run(struct start *start) {
    lc_i64 error = create_by_any_way(start);
    if (error == 0 && start->is_suspended) {
        error = resume(start);
        if (error != 0) {
            abandon(start);
        }
    }
    return error;
}

static lc_i64 write_line(struct start *start) {
    SIZE_T length = lc_command_line(arguments_of(start), NULL);
    start->line = lc_allocate((length + 1) * sizeof(WCHAR));
    if (start->line == NULL) {
        return out_of_memory();
    }
    lc_command_line(arguments_of(start), start->line);
    return 0;
}

/* Then cmd.exe is started, with the script in its command line. */
static lc_i64 write_batch_line(struct start *start) {
    if (lc_is_interpreted(start->program, arguments_of(start))) {
        return lc_failure_at(LC_STAGE_EXEC, LC_CALL_CREATE_PROCESS, ERROR_BAD_ARGUMENTS);
    }
    SIZE_T length = lc_batch_line(start->program, arguments_of(start), NULL);
    start->line = lc_allocate((length + 1) * sizeof(WCHAR));
    if (start->line == NULL) {
        return out_of_memory();
    }
    lc_batch_line(start->program, arguments_of(start), start->line);
    DWORD code = lc_find_cmd(start->program);
    return code == 0 ? 0 : lc_failure_at(LC_STAGE_EXEC, LC_CALL_CREATE_PROCESS, code);
}

static lc_i64 try_candidate(struct start *start, const WCHAR *candidate) {
    DWORD code = lc_find_program(candidate, start->program);
    if (code != 0) {
        return lc_failure_at(LC_STAGE_EXEC, LC_CALL_CREATE_PROCESS, code);
    }
    lc_i64 error = lc_is_batch(start->program) ? write_batch_line(start) : write_line(start);
    if (error == 0) {
        error = create_and_run(start);
    }
    lc_free(start->line);
    start->line = NULL;
    return error;
}

static lc_i64 try_candidates(struct start *start) {
    const WCHAR *const *candidates = (const WCHAR *const *) start->request->candidates;
    lc_i64 worst = 0;
    for (; *candidates != NULL; candidates++) {
        lc_i64 error = try_candidate(start, *candidates);
        int category = lc_error_category(error);
        int passed_over = category == LC_ERR_NOT_FOUND && lc_error_code(error) != ERROR_DIRECTORY;
        if (error == 0 || (!passed_over && category != LC_ERR_DENIED)) {
            return error;
        }
        if (worst == 0 || category == LC_ERR_DENIED) {
            worst = error;
        }
    }
    return worst;
}

static void release(struct start *start) {
    for (int i = 0; i < STREAMS; i++) {
        if (start->streams[i] != NULL && (i != 2 || start->streams[2] != start->streams[1])) {
            CloseHandle(start->streams[i]);
        }
    }
    lc_free(start->environment);
    lc_free(start->program);
}

static void discard(struct start *start) {
    for (int i = 0; i < STREAMS; i++) {
        if (start->pipes[i] != NULL) {
            CloseHandle(start->pipes[i]);
        }
    }
    if (start->job != NULL) {
        CloseHandle(start->job);
    }
}

static lc_i64 number_or_none(HANDLE handle) {
    return handle == NULL ? -1 : lc_number(handle);
}

static void fill_process(struct lc_process *process, const struct start *start) {
    *process = (struct lc_process){
        .size = sizeof *process,
        .pid = start->created.dwProcessId,
        .group = start->job == NULL ? 0 : lc_number(start->job),
        .handle = number_or_none(start->created.hProcess),
        .in = number_or_none(start->pipes[0]),
        .out = number_or_none(start->pipes[1]),
        .err = number_or_none(start->pipes[2]),
        .group_state = start->job == NULL ? LC_GROUP_EMPTY : LC_GROUP_PRESENT,
    };
}

lc_i64 lc_start(const struct lc_spawn_request *request, struct lc_process *process) {
    if (!lc_is_spawn_request(request) || process == NULL || process->size != sizeof *process) {
        return lc_invalid();
    }
    struct start start = {.request = request};
    lc_i64 error = request->cgroup != 0 ? lc_no_cgroups() : prepare(&start);
    if (error == 0) {
        error = try_candidates(&start);
    }
    release(&start);
    if (error != 0) {
        discard(&start);
        start = (struct start){.request = request};
    } else {
        CloseHandle(start.created.hThread);
    }
    fill_process(process, &start);
    return error;
}
