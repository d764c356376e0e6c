/*
 * lastcall.h - the whole contract between the C library and its caller, and its only documentation in C.
 *
 * The library starts a child as the leader of its own process group, sends signals to the leader or to the whole
 * group, and waits for an exit, a deadline or a cancellation, whichever comes first. It knows no phases, no policy and
 * no timeouts beyond the one wait that it is in: those are the caller's.
 *
 * Results. Every function returns a 64-bit integer. Zero or more is the value that the function documents. Less than
 * zero is an error; with e = -result:
 *
 *     bits  0..31   the raw code of the OS (errno on Unix), 0 where the OS had no part in it
 *     bits 32..39   the category, LC_ERR_*: what a caller decides by
 *     bits 40..47   the stage of a failed spawn, LC_STAGE_*; 0 elsewhere
 *     bits 48..62   the call that failed, LC_CALL_*; lc_call_name() gives its name
 *
 * Memory. Structs belong to the caller, hold fixed-width integers only (pointers travel as lc_u64) and begin with their
 * own size, which the library checks. The library keeps no heap and no global but one write-once word of features.
 *
 * Strings. A string is the bytes that the OS is given, ended by NUL; on Windows it is UTF-16 units in the order of
 * memory, ended by a unit of 0, unpaired surrogates included, and `char *` is their address. Names that the library
 * makes itself, of errors, calls and commands, are ASCII or UTF-8 everywhere.
 *
 * Handles. A handle is a descriptor (a HANDLE on Windows) in an lc_i64. Every handle that the library makes is closed
 * on exec and is closed by lc_close(). The caller sees to it that no handle is closed while a call may still use it.
 *
 * Threads. Every function may be called from any thread at any time. Where the words "not reaped" stand below, the
 * caller must keep lc_reap() of the same process from running at the same time, and from having run before.
 *
 * Blocking. lc_wait(), lc_wait_members() and lc_monitor_wait() block for as long as they are told to. lc_spawn() blocks
 * until the child runs its program or has failed to. lc_open() blocks as open(2) does (a FIFO without a peer). No other
 * function blocks, but lc_members() looks at every process of the system, which takes about a microsecond for each.
 */
#ifndef LASTCALL_H
#define LASTCALL_H

/*
 * long long and not int64_t: int64_t is `long` on LP64 systems, a `long` has 32 bits on Windows, and bindings that were
 * generated on the one system from `long` would be wrong on the other.
 */
typedef int lc_i32;
typedef unsigned int lc_u32;
typedef long long lc_i64;
typedef unsigned long long lc_u64;

#if defined(_WIN32)
#define LC_API __declspec(dllexport)
#else
#define LC_API __attribute__((visibility("default")))
#endif

/* The number of this contract. Library and caller must agree on it exactly. */
enum { LC_ABI = 4 };

/* What a caller decides by. */
enum {
    LC_ERR_INVALID = 1,     /* the arguments are wrong: a bug of the caller */
    LC_ERR_NOT_FOUND = 2,   /* no such file or directory */
    LC_ERR_DENIED = 3,      /* the OS refuses this caller */
    LC_ERR_RESOURCES = 4,   /* out of descriptors, processes or memory */
    LC_ERR_GONE = 5,        /* there is nobody left to signal */
    LC_ERR_AGAIN = 6,       /* nothing to read or no room to write just now */
    LC_ERR_UNSUPPORTED = 7, /* this system cannot do it */
    LC_ERR_BROKEN_PIPE = 8, /* the reading end of the pipe is closed */
    LC_ERR_OTHER = 9        /* everything else; the OS code says what */
};

/* How far a failed spawn got. */
enum {
    LC_STAGE_NONE = 0,
    LC_STAGE_RESOURCES = 1,   /* the pipe and the stack that a spawn needs; no child existed */
    LC_STAGE_CLONE = 2,       /* creating the process */
    LC_STAGE_GROUP = 3,       /* making it the leader of its group */
    LC_STAGE_SIGNALS = 4,     /* resetting dispositions and mask */
    LC_STAGE_DIRECTORY = 5,   /* entering the working directory */
    LC_STAGE_STDIO = 6,       /* placing descriptors 0, 1 and 2 */
    LC_STAGE_DESCRIPTORS = 7, /* keeping every other descriptor from the program */
    LC_STAGE_EXEC = 8         /* running the program */
};

/* The calls that an error can name. */
enum {
    LC_CALL_NONE = 0,
    LC_CALL_CLONE3 = 1,
    LC_CALL_CLONE = 2,
    LC_CALL_PIDFD_OPEN = 3,
    LC_CALL_PIDFD_SEND_SIGNAL = 4,
    LC_CALL_KILL = 5,
    LC_CALL_KILLPG = 6,
    LC_CALL_WAITID = 7,
    LC_CALL_PPOLL = 8,
    LC_CALL_EVENTFD = 9,
    LC_CALL_PIPE = 10,
    LC_CALL_OPEN = 11,
    LC_CALL_READ = 12,
    LC_CALL_WRITE = 13,
    LC_CALL_CLOSE = 14,
    LC_CALL_FCNTL = 15,
    LC_CALL_IOCTL = 16,
    LC_CALL_MMAP = 17,
    LC_CALL_SIGPROCMASK = 18,
    LC_CALL_SIGACTION = 19,
    LC_CALL_SETPGID = 20,
    LC_CALL_CHDIR = 21,
    LC_CALL_DUP = 22,
    LC_CALL_CLOSE_RANGE = 23,
    LC_CALL_EXECVE = 24,
    LC_CALL_GETDENTS = 25,
    LC_CALL_LSEEK = 26,
    LC_CALL_EPOLL_CREATE = 27,
    LC_CALL_EPOLL_CTL = 28,
    LC_CALL_EPOLL_WAIT = 29,

    /* of macOS */
    LC_CALL_POSIX_SPAWN = 40,
    LC_CALL_KQUEUE = 41,
    LC_CALL_KEVENT = 42,
    LC_CALL_SYSCTL = 43,
    LC_CALL_POLL = 44,

    /* of Windows */
    LC_CALL_CREATE_PROCESS = 64,
    LC_CALL_PROCESS_ATTRIBUTES = 65,
    LC_CALL_RESUME_THREAD = 66,
    LC_CALL_CREATE_JOB_OBJECT = 67,
    LC_CALL_ASSIGN_PROCESS_TO_JOB = 68,
    LC_CALL_QUERY_INFORMATION_JOB_OBJECT = 69,
    LC_CALL_TERMINATE_JOB_OBJECT = 70,
    LC_CALL_TERMINATE_PROCESS = 71,
    LC_CALL_GENERATE_CONSOLE_CTRL_EVENT = 72,
    LC_CALL_GET_EXIT_CODE_PROCESS = 73,
    LC_CALL_WAIT_FOR_SINGLE_OBJECT = 74,
    LC_CALL_WAIT_FOR_MULTIPLE_OBJECTS = 75,
    LC_CALL_REGISTER_WAIT = 76,
    LC_CALL_CREATE_IO_COMPLETION_PORT = 77,
    LC_CALL_GET_COMPLETION = 78,
    LC_CALL_POST_COMPLETION = 79,
    LC_CALL_CREATE_EVENT = 80,
    LC_CALL_SET_EVENT = 81,
    LC_CALL_RESET_EVENT = 82,
    LC_CALL_CREATE_NAMED_PIPE = 83,
    LC_CALL_PEEK_NAMED_PIPE = 84,
    LC_CALL_CREATE_FILE = 85,
    LC_CALL_READ_FILE = 86,
    LC_CALL_WRITE_FILE = 87,
    LC_CALL_DUPLICATE_HANDLE = 88,
    LC_CALL_CLOSE_HANDLE = 89,
    LC_CALL_GET_ENVIRONMENT_STRINGS = 90,
    LC_CALL_HEAP_ALLOC = 91
};

/* Features: what lc_init() found, and what a caller can tell it to do without. */
enum {
    LC_FEATURE_CLONE3 = 1,           /* Linux 5.3: the child and its pidfd are made in one step */
    LC_FEATURE_CLOSE_RANGE = 2,      /* Linux 5.9 */
    LC_FEATURE_PIDFD = 4,            /* Linux 5.4: a process is waited for and signalled by pidfd, never by number */
    LC_FEATURE_PIDFD_GROUP = 8,      /* Linux 6.9: its group as well, also after the leader was reaped */
    LC_FEATURE_PIDFD_INFO = 16,      /* Linux 6.15: the status of a child that somebody else has reaped */
    LC_FEATURE_CLONE_PIDFD = 32,     /* Linux 5.2: clone() returns a pidfd; told apart only to be disabled */
    LC_FEATURE_SIGCHLD_REPAIRED = 64, /* SIGCHLD was ignored here, which loses every status, and no longer is */
    LC_FEATURE_JOB_LIST = 128         /* Windows 10: a child is born into its job */
};

/* Signals, in the numbers of Linux on x86 and Arm; another system's library translates. */
enum {
    LC_SIGHUP = 1,
    LC_SIGINT = 2,
    LC_SIGQUIT = 3,
    LC_SIGABRT = 6,
    LC_SIGKILL = 9,
    LC_SIGUSR1 = 10,
    LC_SIGUSR2 = 12,
    LC_SIGALRM = 14,
    LC_SIGTERM = 15,
    LC_SIGCONT = 18,
    LC_SIGSTOP = 19,
    LC_SIGTSTP = 20,
    LC_SIGWINCH = 28
};

/* What lc_signal() takes beside signals: CTRL_BREAK_EVENT, on Windows. */
enum { LC_EVENT_CTRL_BREAK = 256 };

/* Whom a signal is for. */
enum { LC_SCOPE_LEADER = 0, LC_SCOPE_GROUP = 1 };

/* Flags of a spawn. */
enum { LC_SPAWN_NEW_GROUP = 1 };

/* What stands in lc_spawn_request.in, out and err instead of a handle. */
enum {
    LC_STDIO_INHERIT = -1,  /* the caller's own descriptor of that number */
    LC_STDIO_TO_STDOUT = -2 /* err only: wherever the child's standard output goes */
};

/* What lc_wait() saw; the bits of its value. */
enum { LC_WAIT_EXITED = 1, LC_WAIT_CANCELLED = 2, LC_WAIT_PIPE = 4 };

/* What lc_wait() and lc_monitor_add() ask of a pipe. */
enum { LC_PIPE_READABLE = 1, LC_PIPE_WRITABLE = 2 };

/* Which way a pipe runs. */
enum { LC_PIPE_FROM_CHILD = 0, LC_PIPE_TO_CHILD = 1 };

/* How lc_open() opens a file. */
enum { LC_OPEN_READ = 0, LC_OPEN_TRUNCATE = 1, LC_OPEN_APPEND = 2 };

/* The kinds of lc_exit. */
enum {
    LC_EXIT_RUNNING = 0,
    LC_EXIT_EXITED = 1,   /* code: what the program passed to exit, 0..255 on Unix */
    LC_EXIT_SIGNALED = 2, /* code: the OS's number of the signal that ended it */
    LC_EXIT_LOST = 3,     /* it has exited, and another waiter of this process took the status */
    LC_EXIT_HELD = 4      /* it has exited, and a tracer holds the status back for now */
};

/* What lc_group_state() returns, and lc_members() tells. */
enum {
    LC_GROUP_EMPTY = 0,   /* the group does not exist */
    LC_GROUP_PRESENT = 1, /* it has members; zombies count, an unreaped leader too */
    LC_GROUP_UNKNOWN = 2  /* lc_members() only: its number may have been given to strangers */
};

/* What else lc_members() does. */
enum {
    LC_MEMBERS_FACTS = 1, /* fills in why a member may not have followed a signal */
    LC_MEMBERS_REAP = 2   /* takes exited members off the table that this process has inherited */
};

/* The functions, for lc_invoke(). LC_FUNCTION_ABI has this number in every contract. */
enum {
    LC_FUNCTION_ABI = 0,
    LC_FUNCTION_INIT = 1,
    LC_FUNCTION_SPAWN = 2,
    LC_FUNCTION_SIGNAL = 3,
    LC_FUNCTION_WAIT = 4,
    LC_FUNCTION_PEEK = 5,
    LC_FUNCTION_REAP = 6,
    LC_FUNCTION_RELEASE = 7,
    LC_FUNCTION_GROUP_STATE = 8,
    LC_FUNCTION_MEMBERS = 9,
    LC_FUNCTION_WAIT_MEMBERS = 10,
    LC_FUNCTION_CANCEL_OPEN = 11,
    LC_FUNCTION_CANCEL_FIRE = 12,
    LC_FUNCTION_CANCEL_DRAIN = 13,
    LC_FUNCTION_MONITOR_OPEN = 14,
    LC_FUNCTION_MONITOR_ADD = 15,
    LC_FUNCTION_MONITOR_REMOVE = 16,
    LC_FUNCTION_MONITOR_WAIT = 17,
    LC_FUNCTION_PIPE = 18,
    LC_FUNCTION_OPEN = 19,
    LC_FUNCTION_READ = 20,
    LC_FUNCTION_WRITE = 21,
    LC_FUNCTION_AVAILABLE = 22,
    LC_FUNCTION_IS_TERMINAL = 23,
    LC_FUNCTION_CLOSE = 24,
    LC_FUNCTION_ENVIRONMENT = 25,
    LC_FUNCTION_ERROR_NAME = 26,
    LC_FUNCTION_CALL_NAME = 27
};

/* What is to be started. Pointers are addresses in lc_u64. */
struct lc_spawn_request {
    lc_u32 size;
    lc_u32 flags;      /* LC_SPAWN_* */
    lc_u64 candidates; /* const char *const *, ended by NULL: the paths to try in turn, PATH already searched */
    lc_u64 argv;       /* char **, ended by NULL: element 0 is a spare for the library, the arguments begin at 1 */
    lc_u64 envp;       /* const char *const *, ended by NULL */
    lc_u64 directory;  /* const char *, 0: the caller's own */
    lc_i64 in;         /* a handle, or LC_STDIO_* */
    lc_i64 out;
    lc_i64 err;
};

/* A started process. */
struct lc_process {
    lc_u32 size;
    lc_u32 reserved;
    lc_i64 pid;
    lc_i64 group;  /* what the group that it leads is known by: its number (a job on Windows), 0: it leads none */
    lc_i64 handle; /* its pidfd (a process handle on Windows), -1: there is none */
};

/* A group, as lc_members() saw it. */
struct lc_group {
    lc_u32 size;
    lc_i32 state;   /* LC_GROUP_* at the end of the scan */
    lc_i64 live;    /* how many of its processes had not exited, the leader among them */
    lc_i64 zombies; /* how many had exited and were not reaped, the leader not among them */
};

/* A live process of a group. */
struct lc_member {
    lc_u32 size;
    lc_i32 state;           /* the letter of its main thread in proc(5); 'Z': that thread has ended, others run */
    lc_i64 pid;
    lc_i64 leader;          /* the pid of the leader that it was found for */
    lc_i64 handle;          /* its pidfd, to be closed by the caller, -1: there is none */
    lc_u64 started;         /* clock ticks since boot; with the pid it names the process where there is no handle */
    lc_u64 command_head;    /* the name of its command in the order of memory, 16 bytes in all, filled up with NUL: */
    lc_u64 command_tail;    /* what the kernel keeps, the first 15 bytes of the program's name unless it was changed */
    lc_i32 facts;           /* 1: the fields below are filled in, 0: not asked for, or not to be had */
    lc_i32 refused;         /* 1: this caller may not signal it */
    lc_u64 ignored;         /* masks of LC_SIG* (on Linux of all its signals), bit 0 is signal 1 */
    lc_u64 blocked;         /* by every one of its threads */
    lc_u64 caught;
};

/* How a process ended. */
struct lc_exit {
    lc_u32 size;
    lc_i32 kind;   /* LC_EXIT_* */
    lc_i32 code;   /* by kind */
    lc_i32 signal; /* LC_EXIT_SIGNALED: the same signal as LC_SIG*, 0 where this contract has no name for it */
    lc_i32 core;   /* LC_EXIT_SIGNALED: 1 if a core was dumped */
    lc_i32 reserved;
};

/* The two ends of a pipe. */
struct lc_pipe_ends {
    lc_u32 size;
    lc_u32 reserved;
    lc_i64 ours;   /* non-blocking */
    lc_i64 theirs; /* blocking: what a program expects of its standard streams */
};

/* Returns LC_ABI. The only function that may be called before the caller knows that it speaks the same contract. */
LC_API lc_i64 lc_abi(void);

/*
 * Probes what the system can do and returns the LC_FEATURE_* that will be used, less those in `disable`. A sandbox
 * that answers EPERM counts like a kernel that answers ENOSYS. The first call decides; later ones return what it
 * found, and a function called before it acts as if lc_init(0) had been called. Disabling LC_FEATURE_PIDFD disables
 * every feature that stands on it: CLONE3, CLONE_PIDFD, PIDFD_GROUP and PIDFD_INFO. A SIGCHLD that this process
 * inherited as ignored is set to its default, as the JDK does, because no exit status could be had otherwise.
 */
LC_API lc_i64 lc_init(lc_u64 disable);

/*
 * Starts a process and fills in `process`. When it returns 0 the program runs: descriptors 0, 1 and 2 are the ones
 * asked for and no other is open, every signal has its default action and none is blocked, it leads its own group
 * (with LC_SPAWN_NEW_GROUP) and is in its working directory. Of the candidates the first that can be executed is; one
 * that is missing (ENOENT and the like, a name too long) is passed over, a refused one (EACCES) is remembered as the
 * error if none can be run, any other error ends the search; a file that has no magic (ENOEXEC) is run by /bin/sh.
 * Relative candidates are looked for in the working directory of the child. When it fails it has left no process, no
 * descriptor and no memory, and the error carries the stage. The caller keeps, and closes, the handles in the request.
 *
 * On Windows a candidate is looked for as CreateProcess does, a relative one from the caller's working directory, with
 * ".exe" added to a name without an extension. The child is born into a job, which it cannot leave (with
 * LC_SPAWN_NEW_GROUP; without there is no job, and no event can be sent), and inherits the three handles and no other.
 * Where the caller has no console the child gets a hidden one. Arguments are quoted by the rules of Microsoft's C
 * runtime, so that nothing is added, lost or joined. A batch file is run by cmd.exe, which knows no such rules: an
 * argument that it would interpret (" % ! ^ & | < > or the end of a line) is refused with ERROR_BAD_ARGUMENTS, and so
 * is a "%" in its path.
 */
LC_API lc_i64 lc_spawn(const struct lc_spawn_request *request, struct lc_process *process);

/*
 * Sends a signal, LC_SIG*, or 0 to only look, and returns 0 when at least one process was allowed to get it.
 * LC_ERR_GONE: nobody is there. Never reaches a stranger: by pidfd where the system can; else by number, while the
 * leader is not reaped, and after a look that the child is still ours. LC_SCOPE_GROUP of a leader that has left its
 * own group signals both. A zombie counts as reached. LC_ERR_UNSUPPORTED: this system has no such signal or event.
 *
 * Windows knows 0, LC_SIGKILL, which ends the process or its job with code 1, and LC_EVENT_CTRL_BREAK, which is for the
 * group whatever the scope. That one goes through the console that the caller shares with the child;
 * LC_ERR_UNSUPPORTED: it has none, or the child leads no group, and nothing was sent.
 */
LC_API lc_i64 lc_signal(const struct lc_process *process, lc_i32 scope, lc_i32 signal);

/*
 * Waits until the process has exited, the cancel handle is fired, the pipe is ready for one of `events` (or has failed
 * or hung up, which the next read or write tells), or timeout_ns has passed; returns the LC_WAIT_* seen, 0 for the
 * timeout. `process` may be NULL, `cancel` and `pipe` may be -1. A negative timeout waits for ever. Consumes nothing:
 * neither the status nor the cancellation. Interrupted system calls are resumed with what is left of the time. Without
 * LC_FEATURE_PIDFD it looks for the exit between sleeps of 1 doubling to 20 ms, and the process must not be reaped
 * meanwhile (if it is, that counts as exited). Windows does not tell when a pipe has room: it is looked at between
 * sleeps of 0.5 doubling to 20 ms, and said to be ready after 50 ms in any case.
 */
LC_API lc_i64 lc_wait(const struct lc_process *process, lc_i64 cancel, lc_i64 pipe, lc_i32 events, lc_i64 timeout_ns);

/* Fills in how the process ended, or LC_EXIT_RUNNING, and leaves it to be reaped. Returns 0. */
LC_API lc_i64 lc_peek(const struct lc_process *process, struct lc_exit *exit);

/*
 * As lc_peek(), and takes an exited process off the table, so that its number may be given to another. Call it until
 * the kind is neither LC_EXIT_RUNNING nor LC_EXIT_HELD, then never again. Does not close the handle. Without a pidfd a
 * held exit cannot be told from a running process.
 */
LC_API lc_i64 lc_reap(const struct lc_process *process, struct lc_exit *exit);

/*
 * Closes the handles that stand for the process, if there are any: to be called once, when nobody uses it any more and
 * it was reaped. Returns 0.
 */
LC_API lc_i64 lc_release(const struct lc_process *process);

/*
 * Returns LC_GROUP_*, LC_GROUP_EMPTY also for a process that leads no group. After the leader was reaped it needs
 * LC_FEATURE_PIDFD_GROUP, and is LC_ERR_UNSUPPORTED without.
 */
LC_API lc_i64 lc_group_state(const struct lc_process *process);

/*
 * Looks through all processes once for the members of `count` groups: one scan serves every group that is being waited
 * for. leaders[i] names a group, each one once, and groups[i] tells what was seen of it. Live members of all the groups
 * are filled in as far as `capacity` goes; returns how many there are, which may be more. A leader counts while it is
 * alive, whatever group it has moved to; of one that leads no group it alone is looked for. A process is alive until
 * its last thread has ended: with a handle until that is readable, without while it is no zombie with one thread left.
 *
 * What is told of a group is true of that very group and no other of the same number: while the leader is not reaped,
 * and with LC_FEATURE_PIDFD_GROUP after it too (also if that happens during the call). Otherwise its state is
 * LC_GROUP_UNKNOWN, unless nobody has the number: LC_GROUP_EMPTY. Both tell of no members. A leader without a handle
 * must not be reaped by the caller: another child of its number would be taken for it.
 *
 * A group is gone when its state is LC_GROUP_EMPTY, or when nobody in it is alive, with zombies (no matter whether
 * anybody will ever reap them) or an unreaped leader to explain LC_GROUP_PRESENT. A process that is forked during the
 * scan may be missed, and is found by the next: where nothing explains LC_GROUP_PRESENT, and where a member was alive
 * in the scan before, look once more.
 *
 * Elements that are not filled in have pid 0. Member handles are new with each call. A member whose pidfd cannot be had
 * (no LC_FEATURE_PIDFD, no descriptor left) has handle -1. The scan itself gets by with one spare descriptor, which its
 * own handles leave free, and fails with LC_ERR_RESOURCES without. LC_ERR_UNSUPPORTED: /proc shows another pid
 * namespace, may hide processes from this caller (hidepid without CAP_SYS_PTRACE), or cannot be read, and nothing is
 * known. When it fails it leaves no handle.
 *
 * LC_MEMBERS_REAP: an exited member that is a child of this process, because this process is pid 1 or a subreaper and
 * its parent has died, is reaped and not counted. Leaders never are.
 */
LC_API lc_i64 lc_members(const struct lc_process *leaders, struct lc_group *groups, lc_i64 count, lc_i32 flags,
                         struct lc_member *members, lc_i64 capacity);

/*
 * Waits until every one of these members has exited, the cancel handle is fired or timeout_ns has passed, by the rules
 * of lc_wait(). LC_WAIT_EXITED stands for all of them. A member without handle is looked for between sleeps of 1
 * doubling to 20 ms; one that cannot be looked at just now is taken to be alive. A member that leaves its group is
 * waited for as well: who cares does not wait for ever, and scans again.
 */
LC_API lc_i64 lc_wait_members(const struct lc_member *members, lc_i64 count, lc_i64 cancel, lc_i64 timeout_ns);

/* Makes a cancel handle: once fired it wakes every lc_wait() on it, now and later, until it is drained. */
LC_API lc_i64 lc_cancel_open(void);
LC_API lc_i64 lc_cancel_fire(lc_i64 cancel);
LC_API lc_i64 lc_cancel_drain(lc_i64 cancel);

/*
 * A monitor is where one thread waits for many processes and pipes. It is closed by lc_close(), when nobody uses it.
 *
 * lc_monitor_add() watches either for the exit of a process (pipe -1), which must not be reaped before the watch is
 * removed unless it has a handle, or for a pipe to be ready for one of `events` (process NULL). A member of a group is
 * watched as a process that leads no group. There is one watch for each process and each pipe: adding it again
 * replaces it. A watch tells its token once, through lc_monitor_wait(), and is idle then until it is added again or
 * removed; what has happened before it was added is told too. It has to be removed before its handle is closed.
 * Both take effect on a wait under way; a token that was taken from the monitor before may still be told after the
 * removal. LC_ERR_UNSUPPORTED: this process cannot be watched, as it has no handle; look for its exit by lc_wait().
 *
 * lc_monitor_wait() waits until at least one watch has something to tell, or timeout_ns has passed (negative: for
 * ever); fills in the tokens and returns how many, at most `capacity`. What it tells of a lc_wait() without a timeout
 * would see, unless it is over by then.
 */
LC_API lc_i64 lc_monitor_open(void);
LC_API lc_i64 lc_monitor_add(lc_i64 monitor, const struct lc_process *process, lc_i64 pipe, lc_i32 events,
                             lc_u64 token);
LC_API lc_i64 lc_monitor_remove(lc_i64 monitor, const struct lc_process *process, lc_i64 pipe);
LC_API lc_i64 lc_monitor_wait(lc_i64 monitor, lc_u64 *tokens, lc_i64 capacity, lc_i64 timeout_ns);

/* Makes a pipe, LC_PIPE_FROM_CHILD or LC_PIPE_TO_CHILD. Returns 0. */
LC_API lc_i64 lc_pipe(lc_i32 direction, struct lc_pipe_ends *ends);

/* Opens a file for a redirect, LC_OPEN_*; creates it for writing with mode 0666 less the umask. Returns a handle. */
LC_API lc_i64 lc_open(const char *path, lc_i32 mode);

/* Reads what is there, at most `length` bytes, and returns how many; 0 at the end. LC_ERR_AGAIN: nothing just now. */
LC_API lc_i64 lc_read(lc_i64 handle, void *buffer, lc_i64 length);

/*
 * Writes what there is room for, at most `length` bytes, and returns how many. LC_ERR_AGAIN: no room just now.
 * LC_ERR_BROKEN_PIPE: nobody can read it any more; the calling process must not die of SIGPIPE then (a JVM does not).
 */
LC_API lc_i64 lc_write(lc_i64 handle, const void *buffer, lc_i64 length);

/* Returns the number of bytes that can be read at once. */
LC_API lc_i64 lc_available(lc_i64 handle);

/* Returns 1 if the handle is a terminal, else 0. On Windows 0, 1 and 2 are the caller's own streams. */
LC_API lc_i64 lc_is_terminal(lc_i64 handle);

/* Closes a handle. Returns 0. */
LC_API lc_i64 lc_close(lc_i64 handle);

/*
 * Copies the environment that this process was started with, a block of "NAME=value" entries that each end in NUL, as
 * far as `length` goes, and returns how long the whole block is. LC_ERR_UNSUPPORTED: this system does not tell. It may
 * read a file of the system, and blocks no longer than that takes.
 */
LC_API lc_i64 lc_environment(char *buffer, lc_i64 length);

/*
 * Write the symbolic name of an OS code ("EPERM") or of an LC_CALL_* ("pidfd_send_signal") into the buffer, without a
 * terminator, and return its length; 0: there is no name for it. LC_ERR_INVALID: the buffer is too small (32 bytes
 * never are).
 */
LC_API lc_i64 lc_error_name(lc_i32 code, char *buffer, lc_i64 length);
LC_API lc_i64 lc_call_name(lc_i32 call, char *buffer, lc_i64 length);

/*
 * Calls the function of that number, LC_FUNCTION_*, with as many of the arguments as it has, a pointer as its address,
 * and returns what it returns. LC_ERR_INVALID: there is no such function.
 *
 * For callers that pay for each signature and not for each function: the JVM makes code for each one at run time, which
 * takes milliseconds each time.
 */
LC_API lc_i64 lc_invoke(lc_i64 function, lc_i64 a, lc_i64 b, lc_i64 c, lc_i64 d, lc_i64 e, lc_i64 f);

#endif
