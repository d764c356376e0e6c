package io.github.lastcall.internal;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.github.lastcall.Containment;
import io.github.lastcall.ExitStatus;
import io.github.lastcall.KillMode;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.OsException;
import io.github.lastcall.OutputLimit;
import io.github.lastcall.SpawnException;
import io.github.lastcall.SpawnStage;
import io.github.lastcall.TerminationAction;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.os.JobControl;
import io.github.lastcall.internal.os.Terminal;
import io.github.lastcall.testing.OnWindows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Which package may use which. Imports run downwards. */
@OnWindows
class RoomsTest {

    private static final String API = ManagedProcess.class.getPackageName();
    private static final String INTERNAL = API + ".internal";

    /** Each room may use the rooms after it, and none before it. */
    private static final List<String> DOWNWARDS =
            List.of("cli", "api", "spawn", "guard", "process", "stop", "stdio", "wait", "os", "os.generated");

    /** Other rooms, and who may use them. */
    private static final Set<String> MAY_LOG = Set.of("api", "spawn", "guard", "process");

    /** The values of the API that the rooms pass to each other. */
    private static final Set<Class<?>> VALUES = Set.of(
            Containment.class,
            ExitStatus.class,
            KillMode.class,
            OsException.class,
            OutputLimit.class,
            SpawnException.class,
            SpawnStage.class,
            TerminationAction.class,
            UnixSignal.class);

    private static final JavaClasses CLASSES = load();

    /** Without the JDK's classes: their names are enough, and reading them takes half a minute. */
    private static JavaClasses load() {
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
        return new ClassFileImporter().importPath(classes());
    }

    private static Path classes() {
        try {
            return Path.of(ManagedProcess.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (Exception e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static String name(String room) {
        return room.equals("api") ? API : INTERNAL + "." + room;
    }

    /** Without the values of the API, which every room may use. */
    private static DescribedPredicate<JavaClass> in(List<String> rooms) {
        return resideInAnyPackage(rooms.stream().map(RoomsTest::name).toArray(String[]::new))
                .and(DescribedPredicate.not(isValue()));
    }

    private static DescribedPredicate<JavaClass> isValue() {
        return DescribedPredicate.describe("values", one -> VALUES.stream()
                .map(Class::getName)
                .anyMatch(value -> one.getName().equals(value) || one.getName().startsWith(value + "$")));
    }

    private static DynamicTest mayNotUse(String room, List<String> others) {
        return DynamicTest.dynamicTest(room + " uses none of " + others, () -> noClasses()
                .that()
                .resideInAPackage(name(room))
                .should()
                .dependOnClassesThat(in(others))
                .check(CLASSES));
    }

    @TestFactory
    Stream<DynamicTest> importsRunDownwards() {
        return DOWNWARDS.stream()
                .filter(room -> !room.equals("cli"))
                .map(room -> mayNotUse(room, DOWNWARDS.subList(0, DOWNWARDS.indexOf(room))));
    }

    @TestFactory
    Stream<DynamicTest> onlySomeLog() {
        return DOWNWARDS.stream().filter(room -> !MAY_LOG.contains(room)).map(room -> mayNotUse(room, List.of("log")));
    }

    @TestFactory
    Stream<DynamicTest> onlyTheApiAndTheProcessesWriteToTheFlightRecorder() {
        List<String> others = new ArrayList<>(DOWNWARDS);
        others.removeAll(List.of("api", "process"));
        others.add("log");
        return others.stream().map(room -> mayNotUse(room, List.of("jfr")));
    }

    @Test
    void whatStandsBesideThemUsesLittle() {
        noClasses().that().resideInAPackage(name("log")).should()
                .dependOnClassesThat(in(List.of("cli", "api", "spawn", "guard", "process", "stdio", "os", "jfr")))
                .check(CLASSES);
        noClasses().that().resideInAPackage(name("jfr")).should()
                .dependOnClassesThat(in(DOWNWARDS).or(resideInAPackage(name("log"))))
                .check(CLASSES);
        noClasses().that().resideInAPackage(INTERNAL).should()
                .dependOnClassesThat(resideInAPackage(INTERNAL + ".*").or(in(List.of("api"))))
                .check(CLASSES);
    }

    /** It also uses the parts of the OS room for programs that a shell starts. The API has no such parts. */
    @Test
    void theCommandLineUsesTheApi() {
        DescribedPredicate<JavaClass> itsOwn = resideInAPackage(name("cli"))
                .or(belongToAnyOf(JobControl.class, Terminal.class));
        noClasses().that().resideInAPackage(name("cli")).should()
                .dependOnClassesThat(resideInAPackage(INTERNAL + ".*").and(DescribedPredicate.not(itsOwn)))
                .check(CLASSES);
    }

    /** The holder reports what it has done, and passes the time to every method. */
    @Test
    void stopKnowsNoOsNoThreadAndNoClock() {
        noClasses().that().resideInAPackage(name("stop")).should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.util.concurrent..", "java.lang.foreign..", name("os") + "..", name("wait"), name("log"))
                .check(CLASSES);
        for (Class<?> type : List.of(
                Thread.class, ThreadLocal.class, Process.class, ProcessHandle.class, Runtime.class, System.class)) {
            noClasses().that().resideInAPackage(name("stop")).should().dependOnClassesThat()
                    .areAssignableTo(type).check(CLASSES);
        }
        for (String clock : List.of("hasCome", "remaining")) {
            noClasses().that().resideInAPackage(name("stop")).should().callMethod(Deadline.class, clock).check(CLASSES);
        }
        noClasses().that().resideInAPackage(name("stop")).should()
                .callMethod(Deadline.class, "in", long.class).check(CLASSES);
    }

    @Test
    void onlyOsUsesForeignMemoryAndFunctions() {
        noClasses().that().resideOutsideOfPackage(name("os") + "..").should()
                .dependOnClassesThat().resideInAnyPackage("java.lang.foreign..", name("os.generated"))
                .check(CLASSES);
    }

    /** A new room has to be added here. */
    @Test
    void noRoomIsForgotten() {
        Set<String> known = new TreeSet<>(DOWNWARDS.stream().map(RoomsTest::name).toList());
        known.addAll(Set.of(INTERNAL, name("log"), name("jfr")));
        Set<String> packages = CLASSES.stream().map(JavaClass::getPackageName).filter(name -> !name.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(known, packages);
    }
}
