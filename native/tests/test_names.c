#include "test.h"

#include <dlfcn.h>

/* glibc 2.32's, which musl and older systems lack. */
typedef const char *namer(int);

static const char *name_of_error(int code, char *buffer) {
    lc_i64 length = lc_name(LC_NAME_ERROR, code, buffer, 24);
    CHECK(length >= 0 && length < 24);
    buffer[length] = '\0';
    return buffer;
}

TEST(every_error_of_this_system) {
    char name[25];
    void *found = dlsym(RTLD_DEFAULT, "strerrorname_np");
    namer *expected;
    if (found == NULL) {
        SKIP("this C library does not name its errors");
    }
    memcpy(&expected, &found, sizeof expected);
    int named = 0;
    for (int code = 1; code < 256; code++) {
        const char *theirs = expected(code);
        named += theirs != NULL;
        CHECK_TEXT(theirs == NULL ? "" : theirs, name_of_error(code, name));
    }
    CHECK(named > 120);
}

TEST(well_known_errors) {
    char name[25];
    CHECK_TEXT("EPERM", name_of_error(EPERM, name));
    CHECK_TEXT("ESRCH", name_of_error(ESRCH, name));
    CHECK_TEXT("ENAMETOOLONG", name_of_error(ENAMETOOLONG, name));
    CHECK_TEXT("EAGAIN", name_of_error(EAGAIN, name));
}

TEST(what_is_no_error_has_no_name) {
    char name[25];
    static const int codes[] = {0, -1, -EPERM, 41, 58, 4096, 2147483647, -2147483647 - 1};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        CHECK_TEXT("", name_of_error(codes[i], name));
    }
}

TEST(every_call) {
    static const char *const names[] = {
        "",          "clone3", "clone",    "pidfd_open",  "pidfd_send_signal", "kill",    "killpg", "waitid", "ppoll",
        "eventfd",   "pipe",   "open",     "read",        "write",             "close",   "fcntl",  "ioctl",  "mmap",
        "sigprocmask", "sigaction", "setpgid", "chdir",   "dup",               "close_range", "execve", "getdents",
        "lseek",     "epoll_create", "epoll_ctl", "epoll_wait", "socketpair", "sendmsg", "memfd_create", "ftruncate",
        "execveat",  "timerfd"};
    for (int call = 0; call <= LC_CALL_TIMERFD; call++) {
        char name[25] = "";
        lc_i64 length = lc_name(LC_NAME_CALL, call, name, 24);
        CHECK_EQ((long) strlen(names[call]), length);
        name[length] = '\0';
        CHECK_TEXT(names[call], name);
    }
    char name[25] = "";
    CHECK_EQ(11, lc_name(LC_NAME_CALL, LC_CALL_POSIX_SPAWN, name, 24));
    CHECK_TEXT("posix_spawn", name);
    CHECK_EQ(0, lc_name(LC_NAME_CALL, LC_CALL_TIMERFD + 1, name, sizeof name));
    CHECK_EQ(0, lc_name(LC_NAME_CALL, -1, name, sizeof name));
    CHECK_EQ(0, lc_name(LC_NAME_CALL, 0x7fff, name, sizeof name));
}

/* What strerror() says in the language of programs. */
TEST(every_text_of_this_system) {
    char name[25], text[129];
    int named = 0;
    for (int code = 1; code < 256; code++) {
        lc_i64 length = lc_name(LC_NAME_TEXT, code, text, 128);
        CHECK(length >= 0 && length <= 128);
        text[length] = '\0';
        if (name_of_error(code, name)[0] != '\0') {
            CHECK_TEXT(strerror(code), text);
            named++;
        } else {
            CHECK_TEXT("", text);
        }
    }
    CHECK(named > 120);
    CHECK_EQ(0, lc_name(LC_NAME_TEXT, -1, text, 128));
    CHECK_EQ(0, lc_name(LC_NAME_TEXT, 0, text, 128));
}

TEST(buffers) {
    char name[8];
    memset(name, '#', sizeof name);
    CHECK_EQ(5, lc_name(LC_NAME_ERROR, EPERM, name, 5)); /* no terminator, so its length is enough */
    CHECK_EQ(0, memcmp(name, "EPERM###", 8));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_name(LC_NAME_ERROR, EPERM, name, 4)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_name(LC_NAME_ERROR, EPERM, name, -1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_name(LC_NAME_ERROR, EPERM, NULL, 24)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_name(LC_NAME_CALL, LC_CALL_WAITID, name, 5)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_name(LC_NAME_TEXT, EPERM, name, 8)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_name(3, EPERM, name, 8)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_name(-1, EPERM, name, 8)));
    CHECK_EQ(0, memcmp(name, "EPERM###", 8));
}
