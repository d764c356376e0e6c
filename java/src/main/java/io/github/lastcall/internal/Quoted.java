package io.github.lastcall.internal;

/** Quotes text of others for messages and JSON, so that it cannot end a line, or hide or forge what is around it. */
public final class Quoted {

    private Quoted() {}

    /** Returns a text in quotes for a person. Invisible characters become escapes of Java. */
    public static String of(String text) {
        return '"' + visible(text) + '"';
    }

    /** As {@link #of}, without the quotes. */
    public static String visible(String text) {
        return isPlain(text) ? text : escaped(text, "");
    }

    /** Fast path: every start calls this with the name of a program. */
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

    /** Whether a character must be escaped; half of a surrogate pair too, which no encoding can express. */
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
