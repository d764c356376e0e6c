package io.github.lastcall.benchmarks;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** Where the C programs are, for JVMs that JMH starts. */
final class NativeFolder {

    /** The system property that names another folder. */
    static final String PROPERTY = "lastcall.benchmarks.native";

    private NativeFolder() {}

    /** It is in the same folder as target/benchmarks.jar and target/classes. */
    static Path find() {
        String folder = System.getProperty(PROPERTY);
        if (folder != null) {
            return Path.of(folder);
        }
        try {
            return Path.of(NativeFolder.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                    .resolveSibling("native");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
