package io.github.lastcall.internal.os;

import static java.util.stream.Collectors.toMap;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.internal.os.generated.LastcallNative;
import io.github.lastcall.testing.OnWindows;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The committed bindings, which are a part of jextract's output, have the same content as {@code lastcall.h}. A parser
 * reads the header here. It knows only the C that the header uses, and refuses the rest, so the check needs no jextract
 * and no C compiler.
 */
@OnWindows
class BindingsMatchHeaderTest {
    private static final String INVOKE = "lc_invoke";

    private final Header header = Header.read();

    /**
     * Compares what the generated method takes and returns. Its descriptor needs the library, because
     * the class that holds it also looks the symbol up; but invokeExact refuses a descriptor that differs from the
     * method around it, and {@link #integersHaveTheLayoutsOfC()} pins what descriptors are made of.
     */
    @Test
    void theOneFunctionIsThatOfTheHeader() {
        Map<String, MethodType> bound = Arrays.stream(LastcallNative.class.getMethods())
                .filter(method -> method.getName().startsWith("lc_"))
                .collect(toMap(Method::getName, BindingsMatchHeaderTest::typeOf));

        assertEquals(Map.of(INVOKE, header.functions().get(INVOKE)), bound);
    }

    @Test
    void integersHaveTheLayoutsOfC() {
        assertEquals(ValueLayout.JAVA_INT, LastcallNative.C_INT);
        assertEquals(ValueLayout.JAVA_LONG, LastcallNative.C_LONG_LONG);
    }

    @Test
    void constantsAreThoseOfTheHeader() throws Exception {
        assertEntriesEqual(header.constants(), constants(LastcallNative.class, "LC_.*"));
    }

    @Test
    void structsAreThoseOfTheHeader() throws Exception {
        Map<String, Struct> bound = new TreeMap<>();
        for (Class<?> struct : generatedStructs()) {
            bound.put(struct.getSimpleName(), Struct.of(layout(struct)));
        }

        assertEntriesEqual(header.structs(), bound);
    }

    /** Each function has its own number, and the number of the function that returns the contract never changes. */
    @Test
    void everyFunctionHasANumber() {
        Map<String, Integer> numbers = new TreeMap<>();
        header.constants().forEach((name, value) -> {
            if (name.startsWith("LC_FUNCTION_")) {
                numbers.put(name.replace("LC_FUNCTION_", "lc_").toLowerCase(Locale.ROOT), value);
            }
        });
        Set<String> functions = new TreeSet<>(header.functions().keySet());
        functions.remove(INVOKE);

        assertEquals(functions, numbers.keySet());
        assertEquals(functions.size(), Set.copyOf(numbers.values()).size());
        assertEquals(0, numbers.get("lc_init"));
    }

    /** regenerate.sh computes them. Otherwise only the C library would notice a wrong one. */
    @Test
    void offsetsAndSizesAreThoseOfTheLayouts() throws Exception {
        for (Class<?> struct : generatedStructs()) {
            Struct layout = Struct.of(layout(struct));
            Map<String, Integer> expected = new TreeMap<>(Map.of("$SIZEOF", (int) layout.size()));
            layout.fields().forEach(field -> expected.put(field.name() + "$OFFSET", (int) field.offset()));

            assertEquals(expected, constants(struct, ".*"), struct.getSimpleName());
        }
    }

    private static <V> void assertEntriesEqual(Map<String, V> expected, Map<String, V> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, value) -> assertEquals(value, actual.get(name), name));
    }

    private static List<Class<?>> generatedStructs() throws IOException, URISyntaxException, ClassNotFoundException {
        List<Class<?>> structs = new ArrayList<>();
        Path folder = Path.of(LastcallNative.class.getResource("LastcallNative.class").toURI()).getParent();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "lc_*.class")) {
            for (Path file : files) {
                String name = file.getFileName().toString().replace(".class", "");
                structs.add(Class.forName(LastcallNative.class.getPackageName() + "." + name));
            }
        }
        return structs;
    }

    private static GroupLayout layout(Class<?> struct) throws ReflectiveOperationException {
        return (GroupLayout) struct.getMethod("layout").invoke(null);
    }

    private static Map<String, Integer> constants(Class<?> type, String pattern) throws IllegalAccessException {
        Map<String, Integer> constants = new TreeMap<>();
        for (var field : type.getFields()) {
            if (field.getName().matches(pattern)) {
                constants.put(field.getName(), field.getInt(null));
            }
        }
        return constants;
    }

    private static MethodType typeOf(Method method) {
        return MethodType.methodType(method.getReturnType(), method.getParameterTypes());
    }

    private record Field(String name, MemoryLayout layout, long offset) {
    }

    private record Struct(List<Field> fields, long size) {

        static Struct of(GroupLayout layout) {
            List<Field> fields = layout.memberLayouts().stream()
                    .filter(member -> !(member instanceof PaddingLayout))
                    .map(member -> field(layout, member.name().orElseThrow()))
                    .toList();
            return new Struct(fields, layout.byteSize());
        }

        private static Field field(GroupLayout layout, String name) {
            PathElement path = PathElement.groupElement(name);
            return new Field(name, layout.select(path).withoutName(), layout.byteOffset(path));
        }
    }

    /** What the header declares; every map by name. */
    private record Header(
            Map<String, MethodType> functions, Map<String, Struct> structs, Map<String, Integer> constants) {

        private static final Map<String, ValueLayout> C_TYPES = Map.of(
                "int", ValueLayout.JAVA_INT,
                "unsigned int", ValueLayout.JAVA_INT,
                "long long", ValueLayout.JAVA_LONG,
                "unsigned long long", ValueLayout.JAVA_LONG);

        private static final Pattern COMMENT_OR_DIRECTIVE = Pattern.compile("(?m)/\\*[\\s\\S]*?\\*/|^#.*$");
        private static final Pattern TYPEDEF = Pattern.compile("typedef ([a-z ]+) (lc_\\w+);");
        private static final Pattern ENUM = Pattern.compile("enum \\{([^}]*)};");
        private static final Pattern ENUMERATOR = Pattern.compile("(LC_\\w+) = (-?\\d+)(?:,|$)");
        private static final Pattern STRUCT = Pattern.compile("struct (lc_\\w+) \\{([^}]*)};");
        private static final Pattern FIELD = Pattern.compile("(lc_\\w+) (\\w+);");
        private static final Pattern FUNCTION = Pattern.compile("LC_API (lc_\\w+) (lc_\\w+)\\(([^)]*)\\);");
        private static final Pattern PARAMETER = Pattern.compile("(.*?)(\\w+)");

        static Header read() {
            String path = System.getProperty("lastcall.header");
            assertTrue(path != null, "the system property lastcall.header must name native/include/lastcall.h");
            try {
                return parse(Files.readString(Path.of(path)));
            } catch (IOException e) {
                throw new AssertionError("cannot read the header", e);
            }
        }

        private static Header parse(String source) {
            String code = COMMENT_OR_DIRECTIVE.matcher(source).replaceAll("").replaceAll("\\s+", " ");
            Map<String, ValueLayout> types = new TreeMap<>();
            Map<String, MethodType> functions = new TreeMap<>();
            Map<String, Struct> structs = new TreeMap<>();
            Map<String, Integer> constants = new TreeMap<>();
            code = take(code, TYPEDEF, m -> types.put(m.group(2), type(C_TYPES, m.group(1))));
            code = take(code, ENUM, m -> takeAll(m.group(1), ENUMERATOR,
                    e -> constants.put(e.group(1), Integer.valueOf(e.group(2)))));
            code = take(code, STRUCT, m -> structs.put(m.group(1), struct(m.group(2), types)));
            code = take(code, FUNCTION, m -> functions.put(m.group(2), function(m.group(1), m.group(3), types)));
            assertEquals("", code.strip(), "not understood");
            return new Header(functions, structs, constants);
        }

        private static Struct struct(String body, Map<String, ValueLayout> types) {
            List<Field> fields = new ArrayList<>();
            long[] end = {0};
            long[] alignment = {1};
            takeAll(body, FIELD, m -> {
                ValueLayout layout = type(types, m.group(1));
                long offset = roundUp(end[0], layout.byteAlignment());
                fields.add(new Field(m.group(2), layout, offset));
                end[0] = offset + layout.byteSize();
                alignment[0] = Math.max(alignment[0], layout.byteAlignment());
            });
            return new Struct(fields, roundUp(end[0], alignment[0]));
        }

        private static MethodType function(String result, String parameters, Map<String, ValueLayout> types) {
            MemoryLayout[] layouts = parameters.equals("void")
                    ? new MemoryLayout[0]
                    : Arrays.stream(parameters.split(", ")).map(p -> parameter(p, types)).toArray(MemoryLayout[]::new);
            return FunctionDescriptor.of(type(types, result), layouts).toMethodType();
        }

        private static ValueLayout parameter(String declaration, Map<String, ValueLayout> types) {
            var matcher = PARAMETER.matcher(declaration);
            assertTrue(matcher.matches(), declaration);
            String type = matcher.group(1).strip();
            return type.endsWith("*") ? ValueLayout.ADDRESS : type(types, type);
        }

        private static ValueLayout type(Map<String, ValueLayout> types, String name) {
            assertTrue(types.containsKey(name), () -> "unknown type: " + name);
            return types.get(name);
        }

        private static long roundUp(long value, long alignment) {
            return (value + alignment - 1) / alignment * alignment;
        }

        /** Passes every match to the action and returns the text without the matches. */
        private static String take(String text, Pattern pattern, Consumer<MatchResult> action) {
            pattern.matcher(text).results().forEach(action);
            return pattern.matcher(text).replaceAll("");
        }

        private static void takeAll(String text, Pattern pattern, Consumer<MatchResult> action) {
            assertEquals("", take(text.strip(), pattern, action).strip(), "not understood");
        }
    }
}
