/*
 * short_guardian.c - a guardian that ends as soon as it has said that it is ready.
 */
#include <sys/socket.h>

#include "lastcall.h"

enum { SOCKET = 3, SLOTS = 1024 };

int main(void) {
    lc_i64 answer = (lc_i64) LC_ABI << 32 | SLOTS;
    return send(SOCKET, &answer, sizeof answer, MSG_NOSIGNAL) == (ssize_t) sizeof answer ? 0 : 1;
}
