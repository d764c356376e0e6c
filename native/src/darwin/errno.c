/* errno.c - the names and the texts of this system's codes. */
#include <string.h>

#include "internal.h"

#define NAME(code) [code] = #code

static const char error_names[][16] = {
    NAME(EPERM),
    NAME(ENOENT),
    NAME(ESRCH),
    NAME(EINTR),
    NAME(EIO),
    NAME(ENXIO),
    NAME(E2BIG),
    NAME(ENOEXEC),
    NAME(EBADF),
    NAME(ECHILD),
    NAME(EDEADLK),
    NAME(ENOMEM),
    NAME(EACCES),
    NAME(EFAULT),
    NAME(ENOTBLK),
    NAME(EBUSY),
    NAME(EEXIST),
    NAME(EXDEV),
    NAME(ENODEV),
    NAME(ENOTDIR),
    NAME(EISDIR),
    NAME(EINVAL),
    NAME(ENFILE),
    NAME(EMFILE),
    NAME(ENOTTY),
    NAME(ETXTBSY),
    NAME(EFBIG),
    NAME(ENOSPC),
    NAME(ESPIPE),
    NAME(EROFS),
    NAME(EMLINK),
    NAME(EPIPE),
    NAME(EDOM),
    NAME(ERANGE),
    NAME(EAGAIN),
    NAME(EINPROGRESS),
    NAME(EALREADY),
    NAME(ENOTSOCK),
    NAME(EDESTADDRREQ),
    NAME(EMSGSIZE),
    NAME(EPROTOTYPE),
    NAME(ENOPROTOOPT),
    NAME(EPROTONOSUPPORT),
    NAME(ESOCKTNOSUPPORT),
    NAME(ENOTSUP),
    NAME(EPFNOSUPPORT),
    NAME(EAFNOSUPPORT),
    NAME(EADDRINUSE),
    NAME(EADDRNOTAVAIL),
    NAME(ENETDOWN),
    NAME(ENETUNREACH),
    NAME(ENETRESET),
    NAME(ECONNABORTED),
    NAME(ECONNRESET),
    NAME(ENOBUFS),
    NAME(EISCONN),
    NAME(ENOTCONN),
    NAME(ESHUTDOWN),
    NAME(ETOOMANYREFS),
    NAME(ETIMEDOUT),
    NAME(ECONNREFUSED),
    NAME(ELOOP),
    NAME(ENAMETOOLONG),
    NAME(EHOSTDOWN),
    NAME(EHOSTUNREACH),
    NAME(ENOTEMPTY),
    NAME(EPROCLIM),
    NAME(EUSERS),
    NAME(EDQUOT),
    NAME(ESTALE),
    NAME(EREMOTE),
    NAME(EBADRPC),
    NAME(ERPCMISMATCH),
    NAME(EPROGUNAVAIL),
    NAME(EPROGMISMATCH),
    NAME(EPROCUNAVAIL),
    NAME(ENOLCK),
    NAME(ENOSYS),
    NAME(EFTYPE),
    NAME(EAUTH),
    NAME(ENEEDAUTH),
    NAME(EPWROFF),
    NAME(EDEVERR),
    NAME(EOVERFLOW),
    NAME(EBADEXEC),
    NAME(EBADARCH),
    NAME(ESHLIBVERS),
    NAME(EBADMACHO),
    NAME(ECANCELED),
    NAME(EIDRM),
    NAME(ENOMSG),
    NAME(EILSEQ),
    NAME(ENOATTR),
    NAME(EBADMSG),
    NAME(EMULTIHOP),
    NAME(ENODATA),
    NAME(ENOLINK),
    NAME(ENOSR),
    NAME(ENOSTR),
    NAME(EPROTO),
    NAME(ETIME),
    NAME(EOPNOTSUPP),
    NAME(ENOPOLICY),
    NAME(ENOTRECOVERABLE),
    NAME(EOWNERDEAD),
    NAME(EQFULL),
    NAME(ENOTCAPABLE),
};

lc_i64 lc_error_name(lc_i32 code, char *buffer, lc_i64 length) {
    const lc_i32 known = sizeof error_names / sizeof error_names[0];
    if (code < 0 || code >= known) {
        return 0;
    }
    return lc_copy_name(error_names[code], sizeof error_names[0], buffer, length);
}

enum { LONGEST_TEXT = 128 };

/* The text of an unknown code says only its number. */
lc_i64 lc_error_text(lc_i32 code, char *buffer, lc_i64 length) {
    char text[LONGEST_TEXT];
    if (code <= 0 || strerror_r(code, text, sizeof text) != 0) {
        return 0;
    }
    return lc_copy_name(text, sizeof text, buffer, length);
}
