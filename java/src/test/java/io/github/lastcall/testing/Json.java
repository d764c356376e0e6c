package io.github.lastcall.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads JSON as RFC 8259 has it and refuses the rest, blanks between tokens included, which nothing here writes. An
 * object becomes a map in its order, an array a list, a number a {@code Long}, {@code null} itself.
 */
public final class Json {

    /** Possessive: else every character of a long text would take a frame of the stack. */
    private static final String PLAIN = "[^\"\\\\\\x00-\\x1f]*+";

    private static final Pattern TOKEN = Pattern.compile(
            "(?<punctuation>[\\[\\]{},:])|(?<word>true|false|null)|(?<number>-?(0|[1-9][0-9]*))"
                    + "|\"(?<text>" + PLAIN + "(?:\\\\(?:[\"\\\\/bfnrt]|u[0-9a-fA-F]{4})" + PLAIN + ")*+)\"");

    private final Matcher tokens;
    private int end;

    private Json(String json) {
        tokens = TOKEN.matcher(json);
    }

    /** Parses a whole text. */
    public static Object parse(String json) {
        Json parser = new Json(json);
        parser.next();
        Object value = parser.value();
        if (parser.end != json.length()) {
            throw parser.wrong();
        }
        return value;
    }

    /** Goes on to the next token, which begins where the last one has ended. */
    private void next() {
        if (!tokens.find() || tokens.start() != end) {
            throw wrong();
        }
        end = tokens.end();
    }

    private AssertionError wrong() {
        return new AssertionError("not JSON at character " + end);
    }

    private boolean is(String punctuation) {
        return punctuation.equals(tokens.group("punctuation"));
    }

    private Object value() {
        if (is("{")) {
            return object();
        }
        if (is("[")) {
            return array();
        }
        if (tokens.group("text") != null) {
            return text();
        }
        if (tokens.group("number") != null) {
            return Long.parseLong(tokens.group());
        }
        if (tokens.group("word") != null) {
            return tokens.group().equals("null") ? null : (Object) Boolean.valueOf(tokens.group());
        }
        throw wrong();
    }

    private Map<String, Object> object() {
        Map<String, Object> object = new LinkedHashMap<>();
        next();
        while (!is("}")) {
            String name = text();
            next();
            require(":");
            next();
            if (object.containsKey(name)) {
                throw new AssertionError("twice: " + name);
            }
            object.put(name, value());
            next();
            if (!is("}")) {
                require(",");
                next();
                text();
            }
        }
        return object;
    }

    private List<Object> array() {
        List<Object> array = new ArrayList<>();
        next();
        while (!is("]")) {
            array.add(value());
            next();
            if (!is("]")) {
                require(",");
                next();
                if (is("]")) {
                    throw wrong();
                }
            }
        }
        return array;
    }

    private void require(String punctuation) {
        if (!is(punctuation)) {
            throw wrong();
        }
    }

    private String text() {
        String text = tokens.group("text");
        if (text == null) {
            throw wrong();
        }
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            char escape = text.charAt(++i);
            int simple = "bfnrt".indexOf(escape);
            if (escape == 'u') {
                plain.append((char) Integer.parseInt(text.substring(i + 1, i + 5), 16));
                i += 4;
            } else {
                plain.append(simple < 0 ? escape : "\b\f\n\r\t".charAt(simple));
            }
        }
        return plain.toString();
    }
}
