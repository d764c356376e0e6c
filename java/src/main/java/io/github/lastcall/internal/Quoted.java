package io.github.lastcall.internal;

/** Text of others in quotes, for messages and for JSON: nothing in it ends a line, or hides or forges what is around. */
public final class Quoted {

    private Quoted() {}

    /** Returns a text in quotes for a person: what cannot be seen as an escape of Java, the rest as it is. */
    public static String of(String text) {
        return quoted(text, "");
    }

    /** Returns a text as a string of JSON (RFC 8259), in ASCII characters and others that can be seen. */
    public static String json(String text) {
        return quoted(text, "\"\\");
    }

    private static String quoted(String text, String alsoEscaped) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            int units = Character.charCount(point);
            if (isInvisible(point)) {
                for (int unit = i; unit < i + units; unit++) {
                    appendEscaped(quoted, text.charAt(unit));
                }
            } else {
                quoted.append(alsoEscaped.indexOf(point) >= 0 ? "\\" : "").appendCodePoint(point);
            }
            i += units;
        }
        return quoted.append('"').toString();
    }

    /** Half of a surrogate pair is no character: no encoding has bytes for it. */
    private static boolean isInvisible(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }

    private static void appendEscaped(StringBuilder quoted, char unit) {
        switch (unit) {
            case '\n' -> quoted.append("\\n");
            case '\r' -> quoted.append("\\r");
            case '\t' -> quoted.append("\\t");
            default -> quoted.append("\\u").append(hex(unit));
        }
    }

    private static String hex(char unit) {
        String digits = Integer.toHexString(unit);
        return "0".repeat(4 - digits.length()) + digits;
    }
}
