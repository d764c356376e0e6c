package io.github.lastcall.internal;

/** Text of others, for messages and for JSON: nothing in it ends a line, or hides or forges what is around. */
public final class Quoted {

    private Quoted() {}

    /** Returns a text in quotes for a person: what cannot be seen as an escape of Java, the rest as it is. */
    public static String of(String text) {
        return '"' + visible(text) + '"';
    }

    /** As {@link #of}, without the quotes. */
    public static String visible(String text) {
        return isPlain(text) ? text : escaped(text, "");
    }

    /** Every start comes by here, with the name of a program. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit < ' ' || unit > '~') {
                return false;
            }
        }
        return true;
    }

    /** Returns a text as a string of JSON (RFC 8259). */
    public static String json(String text) {
        return '"' + escaped(text, "\"\\") + '"';
    }

    private static String escaped(String text, String alsoEscaped) {
        StringBuilder escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            int units = Character.charCount(point);
            if (isInvisible(point)) {
                for (int unit = i; unit < i + units; unit++) {
                    appendEscaped(escaped, text.charAt(unit));
                }
            } else {
                escaped.append(alsoEscaped.indexOf(point) >= 0 ? "\\" : "").appendCodePoint(point);
            }
            i += units;
        }
        return escaped.toString();
    }

    /** Half of a surrogate pair is no character: no encoding has bytes for it. */
    private static boolean isInvisible(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }

    private static void appendEscaped(StringBuilder escaped, char unit) {
        switch (unit) {
            case '\n' -> escaped.append("\\n");
            case '\r' -> escaped.append("\\r");
            case '\t' -> escaped.append("\\t");
            default -> escaped.append("\\u").append(hex(unit));
        }
    }

    private static String hex(char unit) {
        String digits = Integer.toHexString(unit);
        return "0".repeat(4 - digits.length()) + digits;
    }
}
