/*
 * commandline.c - joins the arguments to a command line. No calls of the OS.
 *
 * A Windows program gets one string and splits it itself. Nearly all programs follow the rules of Microsoft's C
 * runtime: arguments end at blanks outside of quotes; a quote after a backslash is text; backslashes are text unless a
 * quote follows, then two are one. The name of the program, at the start, can have quotes but no escapes.
 *
 * cmd.exe has different rules, and no escape that always works. So characters that it would interpret even within
 * quotes, or when a batch file passes them on without quotes, are refused (CVE-2024-24576).
 */
#include "internal.h"

/* The output; without a buffer it is only counted. */
struct writer {
    WCHAR *buffer;
    SIZE_T length;
};

static void put(struct writer *to, WCHAR unit) {
    if (to->buffer != NULL) {
        to->buffer[to->length] = unit;
    }
    to->length++;
}

static void put_text(struct writer *to, const WCHAR *text) {
    while (*text != 0) {
        put(to, *text++);
    }
}

static void put_backslashes(struct writer *to, SIZE_T count) {
    while (count-- > 0) {
        put(to, L'\\');
    }
}

/* Blanks are space and tab; other control characters are quoted because some parsers treat them as blanks too. */
static int needs_quotes(const WCHAR *argument) {
    if (*argument == 0) {
        return 1;
    }
    for (; *argument != 0; argument++) {
        if (*argument <= L' ' || *argument == L'"') {
            return 1;
        }
    }
    return 0;
}

/* Backslashes are doubled only before a quote, including the closing one. */
static void put_quoted(struct writer *to, const WCHAR *argument) {
    SIZE_T backslashes = 0;
    put(to, L'"');
    for (; *argument != 0; argument++) {
        if (*argument == L'"') {
            put_backslashes(to, backslashes + 1);
        }
        backslashes = *argument == L'\\' ? backslashes + 1 : 0;
        put(to, *argument);
    }
    put_backslashes(to, backslashes);
    put(to, L'"');
}

static void put_argument(struct writer *to, const WCHAR *argument) {
    put(to, L' ');
    if (needs_quotes(argument)) {
        put_quoted(to, argument);
    } else {
        put_text(to, argument);
    }
}

static void put_program(struct writer *to, const WCHAR *name) {
    int quoted = needs_quotes(name);
    if (quoted) {
        put(to, L'"');
    }
    put_text(to, name);
    if (quoted) {
        put(to, L'"');
    }
}

static SIZE_T finish(struct writer *to) {
    if (to->buffer != NULL) {
        to->buffer[to->length] = 0;
    }
    return to->length;
}

SIZE_T lc_command_line(const WCHAR *const *arguments, WCHAR *line) {
    struct writer to = {line, 0};
    put_program(&to, arguments[0]);
    for (SIZE_T i = 1; arguments[i] != NULL; i++) {
        put_argument(&to, arguments[i]);
    }
    return finish(&to);
}

/*
 * /d: does not run AutoRun commands of the registry. /v:off: "!" is text. /e:on: the extensions that batch files
 * expect. cmd removes the first and the last quote of the rest, so another pair is around it. Every argument is quoted,
 * because "," ";" and "=" are blanks for cmd.
 */
SIZE_T lc_batch_line(const WCHAR *script, const WCHAR *const *arguments, WCHAR *line) {
    struct writer to = {line, 0};
    put_text(&to, L"cmd.exe /e:on /v:off /d /c \"");
    put(&to, L'"');
    put_text(&to, script);
    put(&to, L'"');
    for (SIZE_T i = 1; arguments[i] != NULL; i++) {
        put(&to, L' ');
        put_quoted(&to, arguments[i]);
    }
    put(&to, L'"');
    return finish(&to);
}

static WCHAR lower(WCHAR unit) {
    return unit >= L'A' && unit <= L'Z' ? (WCHAR) (unit + (L'a' - L'A')) : unit;
}

/* Windows drops blanks and dots at the end of a name: "x.bat. ." is x.bat. */
int lc_is_batch(const WCHAR *path) {
    SIZE_T length = lc_length(path);
    while (length > 0 && (path[length - 1] == L' ' || path[length - 1] == L'.')) {
        length--;
    }
    if (length < 4 || path[length - 4] != L'.') {
        return 0;
    }
    const WCHAR *extension = path + length - 3;
    const WCHAR *const batch[] = {L"bat", L"cmd"};
    for (SIZE_T i = 0; i < sizeof batch / sizeof batch[0]; i++) {
        if (lower(extension[0]) == batch[i][0] && lower(extension[1]) == batch[i][1]
            && lower(extension[2]) == batch[i][2]) {
            return 1;
        }
    }
    return 0;
}

static int contains_any(const WCHAR *text, const WCHAR *units) {
    for (; *text != 0; text++) {
        for (const WCHAR *one = units; *one != 0; one++) {
            if (*text == *one) {
                return 1;
            }
        }
    }
    return 0;
}

/*
 * Within quotes cmd interprets the quote, variables and line breaks. The other characters are text there, but not if a
 * batch file removes the quotes (%~1), so they are refused too. Parentheses are allowed: they are special only before a
 * command, and "Program Files (x86)" is common. The quotes of the file name are never removed.
 */
int lc_is_interpreted(const WCHAR *script, const WCHAR *const *arguments) {
    if (contains_any(script, L"%")) {
        return 1;
    }
    for (SIZE_T i = 1; arguments[i] != NULL; i++) {
        if (contains_any(arguments[i], L"\"%!^&|<>\r\n")) {
            return 1;
        }
    }
    return 0;
}
