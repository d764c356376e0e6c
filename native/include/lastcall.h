/*
 * lastcall.h - the contract between the C library and its caller, and the only documentation in C.
 *
 * The library starts a child as the leader of its own process group, sends signals to the leader or to the whole group,
 * and waits for an exit, a deadline or a cancellation, whichever comes first. It knows no phases, no policy and no
 * timeout except that of the current wait: those belong to the caller.
 *
 * Results. Every function returns a 64-bit integer. Zero or more is the value that the function documents. Less than
 * zero is an error; with e = -result:
 *
 *     bits  0..31   the raw code of the OS (errno on Unix), 0 where the OS had no part in it
 *     bits 32..39   the category, LC_ERR_*: what a caller decides by
 *     bits 40..47   the stage of a failed spawn, LC_STAGE_*; 0 elsewhere
 *     bits 48..62   the call that failed, LC_CALL_*; lc_name() gives its name
 *
 * Memory. Structs belong to the caller, hold fixed-width integers only (pointers travel as lc_u64) and begin with their
 * own size, which the library checks. The library keeps nothing on the heap, except for an open monitor on Windows,
 * where some calls also use the heap while they last. It has two global variables, each written once: the features, and
 * the pipe of lc_signals_open().
 *
 * Strings. A string is the bytes that the OS gets, ended by NUL. On Windows it is UTF-16 units in the order of memory,
 * ended by a unit of 0, and `char *` is their address; unpaired surrogates are allowed. Names that the library creates,
 * of errors, calls and commands, are ASCII or UTF-8 on every system.
 *
 * Handles. A handle is a descriptor (a HANDLE on Windows) in an lc_i64. Every handle that the library creates is closed
 * on exec, and by lc_close(). The caller must not close a handle while a call may use it.
 *
 * Threads. Every function may be called from any thread at any time. But only one lc_act() at a time may use a process,
 * and during it only lc_wait() may use the struct, of which it reads pid and handle.
 *
 * Blocking. lc_wait() and lc_monitor_wait() block for as long as the caller says. lc_start() blocks until the child
 * runs its program or the start has failed, and lc_guardian_open() until the guardian is ready. lc_open() blocks like
 * open(2) (a FIFO without a peer). lc_act() with LC_ACT_WAIT blocks for `wait_ns` at most, and for 100 ms if it has to
 * freeze a cgroup. No other function blocks, but lc_members() looks at every process of the system, which takes
 * about a microsecond for each.
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

#if defined(LC_API)
/* A program that has the functions in it exports none. */
#elif defined(_WIN32)
#define LC_API __declspec(dllexport)
#else
#define LC_API __attribute__((visibility("default")))
#endif

/* The number of this contract. Library and caller must agree on it exactly. */
enum { LC_ABI = 10 };

/* The categories of errors, for the decisions of a caller. */
enum {
    LC_ERR_INVALID = 1,     /* the arguments are wrong: a bug of the caller */
    LC_ERR_NOT_FOUND = 2,   /* no such file or directory */
    LC_ERR_DENIED = 3,      /* the OS refuses this caller */
    LC_ERR_RESOURCES = 4,   /* out of descriptors, processes or memory */
    LC_ERR_GONE = 5,        /* no process is left to signal */
    LC_ERR_AGAIN = 6,       /* nothing to read or no room to write just now */
    LC_ERR_UNSUPPORTED = 7, /* this system cannot do it */
    LC_ERR_BROKEN_PIPE = 8, /* the reading end of the pipe is closed */
    LC_ERR_OTHER = 9        /* everything else; the OS code says what */
};

/* The step of a start that failed. */
enum {
    LC_STAGE_NONE = 0,
    LC_STAGE_RESOURCES = 1,   /* the pipes and the signal mask that a start needs; no child existed */
    LC_STAGE_CLONE = 2,       /* creating the process */
    LC_STAGE_GROUP = 3,       /* making it the leader of its group */
    LC_STAGE_SIGNALS = 4,     /* resetting dispositions and mask */
    LC_STAGE_DIRECTORY = 5,   /* entering the working directory */
    LC_STAGE_STDIO = 6,       /* placing descriptors 0, 1 and 2 */
    LC_STAGE_DESCRIPTORS = 7, /* closing all other descriptors */
    LC_STAGE_EXEC = 8,        /* running the program */
    LC_STAGE_GUARDIAN = 9,    /* registering it with the guardian */
    LC_STAGE_CONTAINMENT = 10 /* entering the cgroup */
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
    LC_CALL_SOCKETPAIR = 30,
    LC_CALL_SENDMSG = 31,
    LC_CALL_MEMFD_CREATE = 32,
    LC_CALL_FTRUNCATE = 33,
    LC_CALL_EXECVEAT = 34,
    LC_CALL_TIMERFD = 35,

    /* of macOS */
    LC_CALL_POSIX_SPAWN = 40,
    LC_CALL_KQUEUE = 41,
    LC_CALL_KEVENT = 42,
    LC_CALL_SYSCTL = 43,
    LC_CALL_POLL = 44,
    LC_CALL_PROC_PIDINFO = 45,
    LC_CALL_SHM_OPEN = 46,

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
    LC_CALL_HEAP_ALLOC = 91,
    LC_CALL_OPEN_PROCESS = 92
};

/* Features: what lc_init() has found, and what a caller can disable. */
enum {
    LC_FEATURE_CLONE3 = 1,           /* Linux 5.3: the child and its pidfd are created in one step */
    LC_FEATURE_CLOSE_RANGE = 2,      /* Linux 5.9 */
    LC_FEATURE_PIDFD = 4,            /* Linux 5.4: waits and signals use the pidfd of a process, never its pid */
    LC_FEATURE_PIDFD_GROUP = 8,      /* Linux 6.9: signals to its group too, even after the leader was reaped */
    LC_FEATURE_PIDFD_INFO = 16,      /* Linux 6.15: the status of a child that another waiter has reaped */
    LC_FEATURE_CLONE_PIDFD = 32,     /* Linux 5.2: clone() returns a pidfd; a feature of its own only to be disabled */
    LC_FEATURE_SIGCHLD_REPAIRED = 64, /* SIGCHLD was ignored, which loses every status, and was repaired */
    LC_FEATURE_JOB_LIST = 128         /* Windows 10: a child is created in its job */
};

/*
 * Signals, with the numbers of Linux on x86 and Arm. The library of another system translates them, and refuses those
 * that it does not have. Real-time signals are 34 to 64, on Linux only.
 */
enum {
    LC_SIGHUP = 1,
    LC_SIGINT = 2,
    LC_SIGQUIT = 3,
    LC_SIGILL = 4,
    LC_SIGTRAP = 5,
    LC_SIGABRT = 6,
    LC_SIGBUS = 7,
    LC_SIGFPE = 8,
    LC_SIGKILL = 9,
    LC_SIGUSR1 = 10,
    LC_SIGSEGV = 11,
    LC_SIGUSR2 = 12,
    LC_SIGPIPE = 13,
    LC_SIGALRM = 14,
    LC_SIGTERM = 15,
    LC_SIGSTKFLT = 16,
    LC_SIGCHLD = 17,
    LC_SIGCONT = 18,
    LC_SIGSTOP = 19,
    LC_SIGTSTP = 20,
    LC_SIGTTIN = 21,
    LC_SIGTTOU = 22,
    LC_SIGURG = 23,
    LC_SIGXCPU = 24,
    LC_SIGXFSZ = 25,
    LC_SIGVTALRM = 26,
    LC_SIGPROF = 27,
    LC_SIGWINCH = 28,
    LC_SIGIO = 29,
    LC_SIGPWR = 30,
    LC_SIGSYS = 31,
    LC_SIGRTMIN = 34,
    LC_SIGRTMAX = 64
};

/* Another value of lc_process.signal: CTRL_BREAK_EVENT, on Windows. */
enum { LC_EVENT_CTRL_BREAK = 256 };

/* Which processes a signal is for. */
enum { LC_SCOPE_LEADER = 0, LC_SCOPE_GROUP = 1 };

/* What lc_act() does to a process, in this order. */
enum {
    LC_ACT_LOOK = 1,      /* fill in the exit if it has exited, and do not reap it */
    LC_ACT_REAP = 2,      /* fill in the exit if it has exited, and reap it */
    LC_ACT_ESCAPED = 4,   /* fill in `escaped` */
    LC_ACT_SIGNAL = 8,    /* send `signal` to `scope`, unless the look of this call found that it has exited */
    LC_ACT_WAIT = 16,     /* if it ran and was signalled: wait for the exit, `wait_ns` at most; look again */
    LC_ACT_FOLLOW = 32,   /* send SIGCONT to `scope`; send `signal` to a leader that has moved to another group */
    LC_ACT_PROBE = 64,    /* if the exit is known: does its group exist? */
    LC_ACT_PIPES = 128,   /* if the group is gone: close `in`, and `out` and `err` where they hold nothing */
    LC_ACT_RELEASE = 256, /* if it is reaped and its group is gone: close its handles */
    LC_ACT_MOVED = 512    /* with LC_ACT_SIGNAL: send it to a leader that has moved to another group, too */
};

/* lc_process.sent: nothing was sent, because the look found that it has exited. */
enum { LC_NOT_SENT = 1 };

/* Flags of a start. */
enum { LC_SPAWN_NEW_GROUP = 1 };

/* Values of lc_spawn_request.in, out and err instead of a handle. */
enum {
    LC_STDIO_INHERIT = -1,   /* the caller's own descriptor of that number */
    LC_STDIO_TO_STDOUT = -2, /* err only: where the child's standard output goes */
    LC_STDIO_PIPE = -3       /* a new pipe; our end is filled in */
};

/* What lc_wait() has seen; the bits of its result. */
enum { LC_WAIT_EXITED = 1, LC_WAIT_CANCELLED = 2, LC_WAIT_PIPE = 4 };

/* The events of a handle, for lc_wait() and lc_monitor_set(). */
enum {
    LC_PIPE_READABLE = 1,
    LC_PIPE_WRITABLE = 2,
    LC_CANCEL_FIRED = 4, /* lc_monitor_set() only: the handle is a cancel handle or an alarm */
    LC_CGROUP_CHANGED = 8 /* the same: cgroup.events of a cgroup, which has changed since it was read */
};

/* What lc_cancel() does. */
enum { LC_CANCEL_FIRE = 0, LC_CANCEL_DRAIN = 1 };

/* What lc_query() returns. */
enum { LC_QUERY_AVAILABLE = 0, LC_QUERY_TERMINAL = 1 };

/* What lc_name() names. */
enum {
    LC_NAME_ERROR = 0, /* an OS code: "EPERM" */
    LC_NAME_TEXT = 1,  /* an OS code, in the OS's words: "Operation not permitted" */
    LC_NAME_CALL = 2   /* an LC_CALL_*: "pidfd_send_signal" */
};

/* How lc_open() opens a file. */
enum { LC_OPEN_READ = 0, LC_OPEN_TRUNCATE = 1, LC_OPEN_APPEND = 2, LC_OPEN_DIRECTORY = 3 };

/* How a process ended: lc_process.kind. */
enum {
    LC_EXIT_RUNNING = 0,
    LC_EXIT_EXITED = 1,   /* code: what the program passed to exit, 0..255 on Unix */
    LC_EXIT_SIGNALED = 2, /* code: the OS's number of the signal that ended it */
    LC_EXIT_LOST = 3,     /* it has exited, and another waiter of this process got the status */
    LC_EXIT_HELD = 4      /* it has exited, and its tracer or its parent has the status for now: look again */
};

/* lc_process.group_state and lc_group.state. */
enum {
    LC_GROUP_EMPTY = 0,   /* the group does not exist, or it leads none */
    LC_GROUP_PRESENT = 1, /* it has members; zombies count, an unreaped leader too */
    LC_GROUP_UNKNOWN = 2  /* its number may have been reused, or the look at it has failed */
};

/* Options of lc_members(). */
enum {
    LC_MEMBERS_SIGNAL_STATE = 1, /* fill in why a member may not have followed a signal */
    LC_MEMBERS_REAP = 2          /* reap exited members that this process has inherited */
};

/* What lc_terminal() does. */
enum {
    LC_TERMINAL_HAS = 0,
    LC_TERMINAL_GIVE = 1,
    LC_TERMINAL_SAVE = 2,
    LC_TERMINAL_RESTORE = 3
};

/* Enough bytes for the settings of a terminal. */
enum { LC_TERMINAL_BYTES = 64 };

/* lc_signal.code: the kernel has sent it, for example for a key of the terminal. */
enum { LC_SIGNAL_OF_KERNEL = 128 };

/*
 * A slot: what the guardian does with one process after the end of the guardian's owner. The owner writes it at any
 * time, only by stores, and the guardian reads it only after the end of the owner. A slot has LC_SLOT_BYTES: a struct
 * lc_slot, its steps, and their texts.
 */
enum { LC_SLOT_BYTES = 4096 };

/* lc_slot.state */
enum {
    LC_SLOT_FREE = 0,  /* not in use, or the process is gone: nothing is done */
    LC_SLOT_ARMED = 1, /* it is stopped */
    LC_SLOT_SPARED = 2 /* it may outlive its owner */
};

/* lc_slot.mode: which processes the steps are for, and which are killed */
enum {
    LC_SLOT_GROUP = 0,  /* all of the group */
    LC_SLOT_MIXED = 1,  /* the steps are for the leader; after its exit the rest of the group is killed */
    LC_SLOT_LEADER = 2  /* the leader alone */
};

/* lc_step.kind */
enum {
    LC_STEP_SIGNAL = 0, /* sends the signal `what`, an LC_SIG*, or LC_EVENT_CTRL_BREAK */
    LC_STEP_WAIT = 1,   /* waits only */
    LC_STEP_KILL = 2,   /* as LC_SIGKILL; the last step of every slot */
    LC_STEP_RUN = 3     /* runs the command at the offset `what` of the slot: an lc_i32, the number of words, and
                           the words, each ended by NUL */
};

/* The functions, for lc_invoke(). LC_FUNCTION_INIT has this number in every contract from 5 on. */
enum {
    LC_FUNCTION_INIT = 0,
    LC_FUNCTION_START = 1,
    LC_FUNCTION_ACT = 2,
    LC_FUNCTION_WAIT = 3,
    LC_FUNCTION_MEMBERS = 4,
    LC_FUNCTION_ANY_EXIT = 5,
    LC_FUNCTION_CANCEL_OPEN = 6,
    LC_FUNCTION_CANCEL = 7,
    LC_FUNCTION_MONITOR_OPEN = 8,
    LC_FUNCTION_MONITOR_SET = 9,
    LC_FUNCTION_MONITOR_WAIT = 10,
    LC_FUNCTION_OPEN = 11,
    LC_FUNCTION_READ = 12,
    LC_FUNCTION_WRITE = 13,
    LC_FUNCTION_QUERY = 14,
    LC_FUNCTION_CLOSE = 15,
    LC_FUNCTION_ENVIRONMENT = 16,
    LC_FUNCTION_NAME = 17,
    LC_FUNCTION_ATTACH = 18,
    LC_FUNCTION_SIGNALS_OPEN = 19,
    LC_FUNCTION_SIGNALS_RAISE = 20,
    LC_FUNCTION_STOPPED = 21,
    LC_FUNCTION_ORPHAN = 22,
    LC_FUNCTION_TERMINAL = 23,
    LC_FUNCTION_GUARDIAN_OPEN = 24,
    LC_FUNCTION_GUARDIAN_ADD = 25,
    LC_FUNCTION_GUARDIAN_CLOSE = 26,
    LC_FUNCTION_PIPE = 27,
    LC_FUNCTION_PIPE_ENLARGE = 28,
    LC_FUNCTION_ALARM_OPEN = 29,
    LC_FUNCTION_ALARM_SET = 30
};

/*
 * A mark is an entry of the environment: "LASTCALL_", 16 hexadecimal digits in lower case, "=", and any text. The lower
 * half of its number is random; the upper half is the start time of the process, in clock ticks since boot.
 */

/* lc_member.state of a process that cannot be read, and may carry a mark. */
enum { LC_MEMBER_UNREADABLE = 63 };

/* The parameters of a start. Pointers are addresses in lc_u64. */
struct lc_spawn_request {
    lc_u32 size;
    lc_u32 flags;      /* LC_SPAWN_* */
    lc_u64 candidates; /* const char *const *, ended by NULL: the paths to try in this order; PATH is not searched */
    lc_u64 argv;       /* char **, ended by NULL: element 0 is for the library, the arguments start at 1 */
    lc_u64 envp;       /* const char *const *, ended by NULL */
    lc_u64 directory;  /* const char *, 0: the caller's own */
    lc_i64 in;         /* a handle, or LC_STDIO_* */
    lc_i64 out;
    lc_i64 err;
    lc_u64 kept;       /* const lc_i32 *: descriptors above 2 that the program gets too, with the same numbers */
    lc_i64 kept_count; /* how many */
    lc_i64 guardian;   /* the socket of its guardian, 0: none */
    lc_u32 slot;       /* its slot in the guardian's memory, */
    lc_u32 generation; /* and the generation of that slot */
    lc_i64 cgroup;     /* the directory of the cgroup to create it in, a handle; 0: the caller's cgroup */
};

/*
 * A process. lc_start() fills it in, lc_act() reads and writes it. It keeps a known exit, so that a second look needs
 * no system call. The caller sets everything except `size` to zero.
 */
struct lc_process {
    lc_u32 size;
    lc_u32 act;    /* LC_ACT_*, for lc_act() */
    lc_i64 pid;
    lc_i64 group;  /* the number of the group that it leads (a job on Windows), 0: it leads none */
    lc_i64 handle; /* its pidfd (a process handle on Windows), -1: none, or closed */
    lc_i64 in;     /* our ends of its pipes, -1: none. Non-blocking. lc_act() writes -1 when it closes one */
    lc_i64 out;
    lc_i64 err;
    lc_i32 scope;  /* LC_SCOPE_*, of LC_ACT_SIGNAL and LC_ACT_FOLLOW */
    lc_i32 signal; /* LC_SIG*, 0 to only look, or LC_EVENT_CTRL_BREAK */

    lc_i64 sent;   /* LC_ACT_SIGNAL: 0 if it was sent, LC_NOT_SENT, or an error */
    lc_i64 looked; /* LC_ACT_LOOK, LC_ACT_REAP: 0, or an error: then the exit is not known */
    lc_i32 kind;        /* LC_EXIT_* */
    lc_i32 code;        /* by kind */
    lc_i32 exit_signal; /* LC_EXIT_SIGNALED: the signal as LC_SIG*, 0: this contract has no name for it */
    lc_i32 core;        /* LC_EXIT_SIGNALED: 1 if a core was dumped */
    lc_i32 reaped;      /* 1: it was reaped, by us or by another waiter */
    lc_i32 group_state; /* LC_ACT_PROBE: LC_GROUP_* */

    lc_u64 escaped;         /* LC_ACT_ESCAPED: struct lc_member *, an array, */
    lc_i32 escaped_room;    /* how many it has room for, */
    lc_i32 escaped_count;   /* and how many were filled in */
    lc_u64 out_inode;   /* of the pipes of `out` and `err`, for lc_guardian_add(); 0: started without a guardian */
    lc_u64 err_inode;

    lc_i64 cgroup; /* the directory of its own cgroup, a handle; 0: none, or closed */
    lc_u64 mark;   /* the number of its mark, which the caller writes here after the start; 0: none */
    lc_i64 last_pid; /* LC_ACT_ESCAPED: /proc/loadavg, opened by the caller; 0: not opened. Linux */
    lc_i64 wait_ns;  /* LC_ACT_WAIT: how long at most, in nanoseconds */
};

/* A group as lc_members() has seen it. */
struct lc_group {
    lc_u32 size;
    lc_i32 state;   /* LC_GROUP_* at the end of the scan */
    lc_i64 live;    /* how many of its processes had not exited, including the leader */
    lc_i64 zombies; /* how many had exited and were not reaped, without the leader */
};

/* A live process of a group. */
struct lc_member {
    lc_u32 size;
    lc_i32 state;           /* the letter of its main thread in proc(5); 'Z': that thread has ended, others run */
    lc_i64 pid;
    lc_i64 leader;          /* the pid of the leader that it was found for */
    lc_i64 group;           /* the number of its process group, 0: not known (on Windows it has none) */
    lc_i64 handle;          /* its pidfd, to be closed by the caller, -1: none */
    lc_u64 started;         /* clock ticks since boot; with the pid it identifies a process without a handle */
    lc_u64 command_head;    /* the name of its command in the order of memory, 16 bytes in all, filled up with NUL: */
    lc_u64 command_tail;    /* what the kernel keeps, the first 15 bytes of the program's name unless it was changed */
    lc_i32 signal_state;    /* 1: the fields below are filled in, 0: not requested, or not readable */
    lc_i32 refused;         /* 1: this caller may not signal it */
    lc_u64 ignored;         /* masks of LC_SIG* (on Linux of all its signals), bit 0 is signal 1 */
    lc_u64 blocked;         /* by all of its threads; 0 if not all of them could be read */
    lc_u64 caught;
};

/* The parameters and results of lc_members(). Pointers are addresses in lc_u64. */
struct lc_scan {
    lc_u32 size;
    lc_i32 flags;       /* LC_MEMBERS_* */
    lc_u64 leaders;     /* const struct lc_process *, an array: copies, of which pid, group and handle are read */
    lc_u64 groups;      /* struct lc_group *, an array of as many */
    lc_i64 count;       /* how many */
    lc_u64 members;     /* struct lc_member *, an array */
    lc_i64 capacity;    /* how many members there is room for */
    lc_i64 most_handles; /* how many handles of members may be opened at most; the others have handle -1 */
    lc_u64 held;       /* const struct lc_member *: members of marked leaders, found before; of each its pid, leader, */
    lc_i64 held_count; /* start time and state are read, and one that could not be read is passed over. How many */
};

/* The beginning of a slot. */
struct lc_slot {
    lc_i32 state;      /* LC_SLOT_*, written last */
    lc_u32 generation; /* changes with each process: the registration of an earlier one is void */
    lc_i32 mode;       /* LC_SLOT_* */
    lc_i32 reached;    /* the current step: those before it are skipped */
    lc_i32 count;      /* of the steps, which follow */
    lc_i32 cgroup;     /* the offset in the slot of the path of its own cgroup, 0: none; the processes in it
                          are its group, and it is removed when they are gone */
    lc_u64 mark;       /* the number of its mark, by which lc_members() finds its members; 0: none */
};

/* A step of a slot: what to do, and how long to wait for the end of the process after it. */
struct lc_step {
    lc_i32 kind;       /* LC_STEP_* */
    lc_i32 what;       /* by kind */
    lc_i64 timeout_ns; /* 0: not at all; the greatest number: for ever */
};

/* A guardian, for its owner. Pointers are addresses in lc_u64. */
struct lc_guardian {
    lc_u32 size;
    lc_u32 slots;       /* how many the memory has */
    lc_u64 program;     /* the content of the guardian's program; 0: it is installed at `path`, as always on Windows,
                           where the file of a running program cannot be removed */
    lc_i64 length;      /* of the program */
    lc_u64 path;        /* const char *: where the program is, or where a temporary file of it may be created */
    lc_u64 environment; /* const char *const *, ended by NULL: the guardian's */
    lc_i64 memory;      /* handle of the memory of the slots, -1: to be created */
    lc_u64 address;     /* its address: the first LC_SLOT_BYTES are for the library, then come the slots */
    lc_i64 socket;      /* to the guardian (a pipe on Windows), -1: none */
};

/*
 * Probes what the system can do and returns the LC_FEATURE_* that will be used, without those in `disable`, and LC_ABI
 * in bits 32 and up: a library with another contract returns another value there. A sandbox that returns EPERM counts
 * like a kernel that returns ENOSYS. The first call decides; later calls return its result, and a function that is
 * called before it acts as if lc_init(0) had been called. LC_ERR_RESOURCES: no descriptor or memory for the probe;
 * nothing is decided, and the next call tries again. Disabling LC_FEATURE_PIDFD disables every feature that depends on
 * it: CLONE3, CLONE_PIDFD, PIDFD_GROUP and PIDFD_INFO. If this process has inherited SIGCHLD as ignored, it is set to
 * its default, as the JDK does, because without this no exit status is available.
 */
LC_API lc_i64 lc_init(lc_u64 disable);

/*
 * Starts a process and fills in `process`. When it returns 0 the program runs: descriptors 0, 1 and 2 are as requested,
 * those in `kept` are open if they are open here, and no other descriptor is; every signal has its default action and
 * none is blocked; the program leads its own group (with LC_SPAWN_NEW_GROUP) and is in its working directory. The first
 * candidate that can be executed is run. A missing candidate (ENOENT and the like, a name too long) is skipped; a
 * refused one (EACCES) is skipped too, and is the error if none can be run; any other error ends the search. A file
 * without magic (ENOEXEC) is run by /bin/sh. Relative candidates are relative to the working directory of the child. A
 * failure leaves no process, no descriptor and no memory, and the error has the stage. The caller keeps and closes the
 * handles in the request, but after a success the process owns that of the cgroup.
 *
 * If the child shares our memory, its error comes through a word in it, and no descriptor in another fork can delay the
 * return. `process->handle` and `pid` are written before the child runs, if the kernel returns them by then; before
 * that the handle is 0xffffffff, which is not a handle, and the pid 0. So a thread that has the struct can end a child
 * whose start hangs in exec: by lc_act() with a copy that leads no group and has pid 0 or the pid.
 *
 * Everything in `process` but `size` is overwritten: fields that are not named here are 0, pipes that were not
 * requested are -1, group_state is LC_GROUP_PRESENT, or LC_GROUP_EMPTY without a group. After a failure pid and group
 * are 0 and all handles -1.
 *
 * On Windows a candidate is looked for as CreateProcess does, a relative one from the caller's working directory, with
 * ".exe" added to a name without an extension. The child is created in a job, which it cannot leave (with
 * LC_SPAWN_NEW_GROUP; without there is no job, and no event can be sent), and inherits the three handles and no other.
 * If the caller has no console, the child gets a hidden one. Arguments are quoted by the rules of Microsoft's C
 * runtime, so that nothing is added, lost or joined. A batch file is run by cmd.exe, which knows no such rules: an
 * argument that it would interpret (" % ! ^ & | < > or the end of a line) is refused with ERROR_BAD_ARGUMENTS, and so
 * is a "%" in its path.
 */
LC_API lc_i64 lc_start(const struct lc_spawn_request *request, struct lc_process *process);

/*
 * Fills in `process` with a running process that this library has not started: its pid, a handle, and with
 * LC_SCOPE_GROUP the group that it leads. The handle belongs to the process that has the pid now; only the caller can
 * know whether that is the intended one. lc_act() may look at it and signal it, and never reaps it, because its parent
 * does. With LC_FEATURE_PIDFD_INFO its exit is known when its parent has reaped it; until then it is LC_EXIT_HELD.
 * Without that feature it is LC_EXIT_LOST.
 *
 * LC_ERR_INVALID: it is 1, this process, or not a pid. LC_ERR_GONE: no process has the pid, or no group has this
 * number. The number of a thread is LC_ERR_INVALID or, on newer kernels, LC_ERR_NOT_FOUND. LC_ERR_UNSUPPORTED: it needs
 * LC_FEATURE_PIDFD, for a group LC_FEATURE_PIDFD_GROUP; macOS cannot; Windows can attach to no group. When it fails it
 * leaves no handle.
 */
LC_API lc_i64 lc_attach(lc_i64 pid, lc_i32 scope, struct lc_process *process);

/*
 * Performs the actions in `act`, and fills in the results. Returns 0, or LC_ERR_INVALID if it is not a valid process:
 * then nothing was done.
 *
 * LC_ACT_LOOK, LC_ACT_REAP. They make no system call for a process whose exit is known, except that LC_ACT_REAP reaps a
 * process that was only looked at. Until LC_ACT_REAP the pid of the process and the number of its group cannot be
 * reused. LC_EXIT_HELD does not count as a known exit; a look with LC_ACT_SIGNAL does not detect it.
 *
 * A process with a cgroup, on Linux. The group is every process in that cgroup and below it. Signals go to each of them
 * by pidfd, in passes until no new one is found. If three passes are not enough the cgroup is frozen for the fourth,
 * and thawed again, within 100 ms. LC_SIGKILL is sent through cgroup.kill. The group is gone when the cgroup is not
 * populated; zombies do not count, and the leader may be reaped at once. A leader that has moved itself to another
 * cgroup is signalled too. LC_ACT_ESCAPED lists all processes whose process group is not the leader's.
 *
 * A process with a mark, on Linux. Signals go to its group; only lc_members() finds its other members, so LC_ACT_PROBE
 * says LC_GROUP_PRESENT.
 *
 * LC_ACT_ESCAPED. Lists the children of a leader that are in another group, for at most four of its threads; after 50
 * us no further thread is begun. It must come before the first signal, because a leader that has ended has no children.
 * It is skipped if `last_pid` shows that no process was forked since the start of the leader. The caller has to close
 * the handles. Only Linux lists any, and none where /proc shows another pid namespace.
 *
 * LC_ACT_SIGNAL. It is sent to the rest of the group also when the exit was known before. `sent` is 0 if it was sent to
 * at least one process; LC_ERR_GONE: no process is there. It never reaches another process that has got the pid: it is
 * sent by pidfd if the system can; else by number, while the leader is not reaped, and after a look that the child is
 * still ours. A zombie counts as reached. A leader that has left its own group is signalled if the group is empty
 * otherwise; LC_ACT_MOVED signals it in any case, and so does LC_ACT_FOLLOW unless LC_ACT_MOVED did in the same call.
 * LC_ERR_UNSUPPORTED: this system has no such signal or event. Windows knows 0, LC_SIGKILL, which ends the process or
 * its job with code 1, and LC_EVENT_CTRL_BREAK, which is for the group in any scope. That one goes through the console
 * that the caller shares with the child; LC_ERR_UNSUPPORTED: it has none, or the child leads no group, and nothing was
 * sent.
 *
 * LC_ACT_FOLLOW is for a moment after the signal, when most processes have ended. Its errors are not returned, because
 * they are those of the signal. It does nothing on Windows.
 *
 * LC_ACT_PROBE. LC_GROUP_PRESENT can mean only zombies, if pid 1 reaps late or never; lc_members() shows that. Without
 * LC_FEATURE_PIDFD_GROUP the state is LC_GROUP_UNKNOWN after the leader's reap, or LC_GROUP_EMPTY if no group has the
 * number. With that feature, and after the leader's reap, it reaps the exited members that this process, pid 1 or a
 * subreaper, has inherited, unless the group is this process' own.
 *
 * LC_ACT_PIPES and LC_ACT_RELEASE do nothing unless the exit is known and `group_state` is LC_GROUP_EMPTY.
 */
LC_API lc_i64 lc_act(struct lc_process *process);

/*
 * Waits until the process has exited, the cancel handle is fired, the pipe is ready for one of `events` (or has failed
 * or hung up, which the next read or write reports), or timeout_ns has passed; returns the LC_WAIT_* seen, 0 for the
 * timeout. `process` may be NULL, `cancel` and `pipe` may be -1. A negative timeout waits for ever. It does not consume
 * the status or the cancellation. Interrupted system calls are resumed with the rest of the time. On Linux the time
 * does not run while this process is stopped, so a caller with a deadline waits for at most 250 ms at a time. A process
 * without a handle must be a child of this process: it is looked at between sleeps of 1 ms, doubled up to 20 ms, and
 * must not be reaped during the wait (if it is, it counts as exited). Windows does not report when a pipe has room: it
 * is looked at between sleeps of 0.5 ms, doubled up to 20 ms, and counts as ready after 50 ms in any case.
 */
LC_API lc_i64 lc_wait(const struct lc_process *process, lc_i64 cancel, lc_i64 pipe, lc_i32 events, lc_i64 timeout_ns);

/*
 * Scans all processes once for the members of several groups. leaders[i] names a group, each one once, and groups[i]
 * gets the result. Live members of all groups are filled in up to `capacity`; returns how many there are, which may be
 * more. A leader counts while it is alive, even in another group; in the group of another leader it counts for that one
 * too and is filled in twice. For a leader that leads no group only the leader is looked for. A process is alive until
 * its last thread has ended: with a handle until the handle is readable, without one until it is a zombie with one
 * thread.
 *
 * The result belongs to this group and not to a later group with the same number: while the leader is not reaped, and
 * with LC_FEATURE_PIDFD_GROUP also after the reap, even if it happens during the call. Otherwise the state is
 * LC_GROUP_UNKNOWN, or LC_GROUP_EMPTY if no group has the number, both without members. The caller must not reap a
 * leader without a handle during the call: another child with its pid would be mistaken for it.
 *
 * A group is gone when its state is LC_GROUP_EMPTY, or when no process in it is alive and zombies (even if they are
 * never reaped) or an unreaped leader explain LC_GROUP_PRESENT. A process that is forked during the scan is found: if
 * pids were assigned during the scan, it continues until none was. LC_ERR_RESOURCES with EAGAIN: too many were.
 *
 * For a leader with a mark, on Linux, the members are those of its group, the processes with the mark, those in `held`,
 * the children of all these, and the processes of a group that a member leads or that is in another session than this
 * process. It is gone when two passes in a row have found no member. A process that cannot be read, and was started
 * after the leader, is filled in with the state LC_MEMBER_UNREADABLE, and counts in the result but not as live.
 *
 * Elements that are not filled in have pid 0. Member handles are new with each call. A member has handle -1 if no pidfd
 * is available (no LC_FEATURE_PIDFD, no descriptor left). The scan needs one spare descriptor, which its own handles
 * leave free, and fails with LC_ERR_RESOURCES without it; `blocked` needs a second one. LC_ERR_UNSUPPORTED: /proc shows
 * another pid namespace, may hide processes from this caller (hidepid without CAP_SYS_PTRACE), or cannot be read, and
 * nothing is known. When it fails it leaves no handle.
 *
 * LC_MEMBERS_REAP: an exited member that is a child of this process, because this process is pid 1 or a subreaper and
 * its parent has died, is reaped and not counted. Leaders never are.
 */
LC_API lc_i64 lc_members(const struct lc_scan *scan);

/*
 * Returns 1 if any child of this process has exited and is not reaped, else 0: so one call shows that no process needs
 * a look. Windows always returns 1.
 */
LC_API lc_i64 lc_any_exit(void);

/* Creates a cancel handle. After it was fired it ends every lc_wait() on it, until it is drained. */
LC_API lc_i64 lc_cancel_open(void);

/* LC_CANCEL_FIRE or LC_CANCEL_DRAIN. Returns 0. */
LC_API lc_i64 lc_cancel(lc_i64 cancel, lc_i32 what);

/*
 * An alarm is a handle for a monitor (LC_CANCEL_FIRED) that fires by itself: no thread has to wake up to learn of a new
 * deadline. lc_alarm_set() lets it fire once, when at least after_ns have passed, in place of a time that was set
 * before. A system without such a timer lets it fire at once, so the thread that is woken has to look at the clock.
 * LC_CANCEL_DRAIN drains it.
 */
LC_API lc_i64 lc_alarm_open(void);
LC_API lc_i64 lc_alarm_set(lc_i64 alarm, lc_i64 after_ns);

/*
 * In a monitor one thread waits for many processes, pipes and cancel handles. It is closed by lc_close() when no thread
 * uses it.
 *
 * lc_monitor_set() watches either for the exit of a process (handle -1), which must not be reaped before the watch is
 * removed unless it has a handle, or for a handle to be ready for one of `events` (process NULL). A member of a group
 * is watched as a process that leads no group. There is one watch for each process and each handle: setting it again
 * replaces it. lc_monitor_wait() returns the token of a watch once; then the watch is idle until it is set again or
 * removed. Events before the set are seen too. Token 0 removes the watch, which must be done before its handle is
 * closed. Both take effect on a current wait; after the removal a token may still be returned that was taken from the
 * monitor before. LC_ERR_UNSUPPORTED: this process cannot be watched, because it has no handle; use lc_wait().
 *
 * lc_monitor_wait() waits until at least one watch has an event, or timeout_ns has passed (negative: for ever); fills
 * in the tokens and returns how many, at most `capacity`.
 */
LC_API lc_i64 lc_monitor_open(void);
LC_API lc_i64 lc_monitor_set(lc_i64 monitor, const struct lc_process *process, lc_i64 handle, lc_i32 events,
                             lc_u64 token);
LC_API lc_i64 lc_monitor_wait(lc_i64 monitor, lc_u64 *tokens, lc_i64 capacity, lc_i64 timeout_ns);

/* Opens a file for a redirect, LC_OPEN_*; creates it for writing with mode 0666 less the umask. Returns a handle. */
LC_API lc_i64 lc_open(const char *path, lc_i32 mode);

/*
 * Creates a pipe between two children: what is written to *output can be read from *input. Both ends block, as children
 * expect, and can stand in a request. Returns 0; when it fails it leaves no handle.
 */
LC_API lc_i64 lc_pipe(lc_i64 *input, lc_i64 *output);

/*
 * Enlarges a pipe to LC_LARGE_PIPE bytes, so that its writer blocks less often. Returns the new size. LC_ERR_DENIED:
 * the pipes of the user are too large already. LC_ERR_UNSUPPORTED: this system cannot change a pipe.
 */
enum { LC_LARGE_PIPE = 262144 };
LC_API lc_i64 lc_pipe_enlarge(lc_i64 pipe);

/* Reads at most `length` bytes and returns how many; 0 at the end. LC_ERR_AGAIN: nothing to read now. */
LC_API lc_i64 lc_read(lc_i64 handle, void *buffer, lc_i64 length);

/*
 * Writes as much as fits, at most `length` bytes, and returns how many. LC_ERR_AGAIN: no room now. LC_ERR_BROKEN_PIPE:
 * the reading end is closed; the calling process must ignore SIGPIPE (a JVM does).
 */
LC_API lc_i64 lc_write(lc_i64 handle, const void *buffer, lc_i64 length);

/*
 * LC_QUERY_AVAILABLE: the number of bytes that can be read at once. LC_QUERY_TERMINAL: 1 if the handle is a terminal,
 * else 0; on Windows 0, 1 and 2 are the caller's own streams then.
 */
LC_API lc_i64 lc_query(lc_i64 handle, lc_i32 what);

/* Closes a handle. Returns 0. */
LC_API lc_i64 lc_close(lc_i64 handle);

/*
 * Copies the environment that this process was started with, a block of "NAME=value" entries that each end in NUL, as
 * far as `length` goes, and returns how long the whole block is. LC_ERR_UNSUPPORTED: this system does not show it. It
 * may read a file of the system, and blocks no longer than that takes.
 */
LC_API lc_i64 lc_environment(char *buffer, lc_i64 length);

/*
 * A guardian is a separate program that stops the processes in its slots after the end of its owner, the calling
 * process, also after a crash or a kill. On Unix it is not a child of the owner and leads its own session; on Windows it
 * has no console, and is outside of the owner's job if that allows it. It ends when the owner has ended and no process
 * is left, or when its socket is closed while the owner lives (an exec closes it too).
 *
 * lc_guardian_open() starts a guardian and returns when it is ready: for how many of the slots, from the first one, it
 * can hold processes. `memory` and `address` are filled in if there is no memory yet; another guardian uses the same
 * memory. It blocks for as long as a start, for 5 s at most. The socket becomes readable or hung up when the guardian
 * has ended. LC_ERR_UNSUPPORTED: this system has none, lacks LC_FEATURE_PIDFD, or is older than macOS 14. A failure
 * leaves nothing.
 *
 * A process is registered with the guardian by its start (lc_spawn_request.guardian), or by lc_guardian_add() with what
 * that start has filled in. Neither waits for an answer or for room. A failure has the stage LC_STAGE_GUARDIAN, and the
 * call LC_CALL_SENDMSG if the guardian has ended or its socket is full: then another guardian may be opened.
 *
 * A command of LC_STEP_RUN is searched like execvp(3) does, on Windows like CreateProcess, gets the guardian's
 * environment and LASTCALL_PID, the pid of its process, and runs in the owner's directory. It leads its own group, which
 * ends with the step.
 *
 * On Windows CTRL_BREAK_EVENT is sent by event.exe, which has to be in the folder of the guardian's program.
 *
 * lc_guardian_close() closes the socket and the memory, which ends the guardian. Nothing may use them afterwards.
 */
LC_API lc_i64 lc_guardian_open(struct lc_guardian *guardian);
LC_API lc_i64 lc_guardian_add(lc_i64 socket, const struct lc_process *process, lc_u32 slot, lc_u32 generation);
LC_API lc_i64 lc_guardian_close(struct lc_guardian *guardian);

/*
 * Writes a name, LC_NAME_*, into the buffer, without a terminator, and returns its length; 0: there is none.
 * LC_ERR_INVALID: the buffer is too small (128 bytes never are).
 */
LC_API lc_i64 lc_name(lc_i32 what, lc_i32 code, char *buffer, lc_i64 length);

/*
 * The rest is for a program between a shell and one command, like timeout(1), and not for a library in another program:
 * it catches the signals of the whole process. On Linux; LC_ERR_UNSUPPORTED elsewhere.
 *
 * lc_signals_open() catches every signal that may have to be passed on, except a SIGHUP that is ignored (nohup(1));
 * ignores SIGTTIN and SIGTTOU; unblocks all signals in this thread; and returns the two ends of a pipe, the one to read
 * in bits 0 to 31 and the one to write in bits 32 to 62. For each signal that is caught, SIGCHLD too, a struct
 * lc_signal can be read there. To be called once: the handlers stay.
 *
 * lc_signals_raise() does the default action of the signal to this process, without a core dump, and returns only if
 * that does not end it: after SIGTSTP when it was continued, or at once if no process could continue it (an orphaned
 * group).
 */
struct lc_signal {
    lc_i32 signal; /* the number of the OS */
    lc_i32 code;   /* si_code of sigaction(2): LC_SIGNAL_OF_KERNEL, or another */
    lc_i32 pid;    /* the process that sent it, or of SIGCHLD that it is about; 0: none */
};

LC_API lc_i64 lc_signals_open(void);
LC_API lc_i64 lc_signals_raise(lc_i32 signal);

/* Returns the signal that has stopped this child since the last call, 0: none. */
LC_API lc_i64 lc_stopped(lc_i64 pid);

/*
 * Pid 1 of a container, or a subreaper, inherits children and has to reap them. With 0: returns any child that has
 * exited and does not reap it; 0: there is none. With that pid: reaps it. LC_ERR_UNSUPPORTED: this process inherits no
 * children.
 */
LC_API lc_i64 lc_orphan(lc_i64 pid);

/*
 * LC_TERMINAL_HAS: 1 if the group of that number, 0 for that of this process, is the one in the foreground of the
 * terminal, else 0. LC_TERMINAL_GIVE: puts it there. LC_TERMINAL_SAVE and LC_TERMINAL_RESTORE: the
 * settings of the terminal to and from LC_TERMINAL_BYTES at that address. None of them stops a process in the
 * background.
 */
LC_API lc_i64 lc_terminal(lc_i64 terminal, lc_i32 what, lc_i64 value);

/*
 * Calls the function of that number, LC_FUNCTION_*, with as many of the arguments as it has, a pointer as its address,
 * and returns what it returns. LC_ERR_INVALID: there is no such function.
 *
 * For callers with a cost for each signature: the JVM generates code for each signature at run time, which takes
 * milliseconds.
 */
LC_API lc_i64 lc_invoke(lc_i64 function, lc_i64 a, lc_i64 b, lc_i64 c, lc_i64 d, lc_i64 e, lc_i64 f);

#endif
