/* errno.c - what the codes of this system mean: their category and their name. */
#include "internal.h"

static int category_of(int call, int code) {
    switch (code) {
    case EAGAIN:
        return call == LC_CALL_READ || call == LC_CALL_WRITE ? LC_ERR_AGAIN : LC_ERR_RESOURCES;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
    case EPROCLIM:
        return LC_ERR_RESOURCES;
    case EINVAL:
    case EBADF:
    case EFAULT:
        return LC_ERR_INVALID;
    case ENOENT:
    case ENOTDIR:
        return LC_ERR_NOT_FOUND;
    case EPERM:
    case EACCES:
        return LC_ERR_DENIED;
    case ESRCH:
    case ECHILD:
        return LC_ERR_GONE;
    case ENOSYS:
    case ENOTSUP:
    case EOPNOTSUPP:
        return LC_ERR_UNSUPPORTED;
    case EPIPE:
        return LC_ERR_BROKEN_PIPE;
    default:
        return LC_ERR_OTHER;
    }
}

lc_i64 lc_failure_at(int stage, int call, long result) {
    int code = (int) -result;
    return lc_error_word(stage, call, category_of(call, code), code);
}

lc_i64 lc_failure(int call, long result) {
    return lc_failure_at(LC_STAGE_NONE, call, result);
}

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
