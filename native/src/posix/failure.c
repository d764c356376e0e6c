/* failure.c - what the codes of the OS mean to a caller. */
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
    case EOPNOTSUPP:
        return LC_ERR_UNSUPPORTED;
    case EPIPE:
    case ECONNRESET: /* of a socket: what was sent before was not read */
        return LC_ERR_BROKEN_PIPE;
    default:
        return lc_system_category(code);
    }
}

lc_i64 lc_failure_at(int stage, int call, long result) {
    int code = (int) -result;
    return lc_error_word(stage, call, category_of(call, code), code);
}

lc_i64 lc_failure(int call, long result) {
    return lc_failure_at(LC_STAGE_NONE, call, result);
}
