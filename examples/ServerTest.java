import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.OutputLimit;
import io.github.lastcall.Readiness;
import io.github.lastcall.TerminationReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A test with a redis of its own. */
class ServerTest {

    static final GracefulShutdown POLITELY = GracefulShutdown.of(Duration.ofSeconds(5));

    int port;
    ManagedProcess redis;

    @BeforeEach
    void start() throws Exception {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        redis = ManagedProcess.builder("redis-server", "--port", Integer.toString(port), "--save", "")
                .stopWithJvm(POLITELY)
                .terminateOnClose(POLITELY)
                .capture(OutputLimit.last(10_000))   // is in the message if it ends too early
                .start();
        assertTrue(redis.awaitReady(Readiness.port(port), Duration.ofSeconds(20)));
    }

    @AfterEach
    void stop() {
        redis.close();
    }

    @Test
    void answers() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write("PING\r\n".getBytes());
            assertEquals("+PONG", new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine());
        }
    }

    @Test
    void leavesWhenAsked() throws Exception {
        TerminationReport report = redis.terminate();
        assertTrue(report.exitStatus().success(), report.toString());
    }
}
