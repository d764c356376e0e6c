import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.StandardStream;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Runs a server and restarts it when a file changes: {@code DevServer FOLDER COMMAND [ARGUMENT]...}. Ctrl-C stops
 * both. Nothing of the server is left, even if this program is killed.
 */
public class DevServer {

    static final GracefulShutdown POLITELY = GracefulShutdown.of(Duration.ofSeconds(5));

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        String[] command = Arrays.copyOfRange(args, 1, args.length);
        try (WatchService changes = folder.getFileSystem().newWatchService()) {
            folder.register(changes, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
            while (true) {
                runUntilChanged(command, changes);
            }
        }
    }

    static void runUntilChanged(String[] command, WatchService changes) throws Exception {
        try (ManagedProcess server = ManagedProcess.builder(command)
                .name("server")
                .stopWithJvm(POLITELY)
                .terminateOnClose(POLITELY)
                .forwardTo(StandardStream.STDOUT, System.out, "[server] ")
                .forwardTo(StandardStream.STDERR, System.err, "[server] ")
                .start()) {
            server.onExit().thenAccept(ended -> System.out.println("[dev] exited with " + ended.exitValue()));
            WatchKey changed = changes.take();
            while (changed != null) {   // an editor may write a file several times
                System.out.println("[dev] changed: " + changed.pollEvents().get(0).context());
                changed.reset();
                changed = changes.poll(100, TimeUnit.MILLISECONDS);
            }
        }
    }
}
