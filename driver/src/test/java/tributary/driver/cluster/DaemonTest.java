package tributary.driver.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonTest {
  @TempDir private Path folder;

  @Test
  void findsTheGroupsOfAnAwaitedLine() {
    try (Daemon daemon = shell("echo port 123; exec sleep 60")) {
      assertThat(await(daemon, "port (\\d+)", Duration.ofSeconds(10))).isEqualTo("123");
    }
  }

  @Test
  void showsTheLogOfAProcessThatEnded() {
    try (Daemon daemon = shell("echo no such host; exit 3")) {
      assertThatThrownBy(() -> await(daemon, "port (\\d+)", Duration.ofSeconds(10)))
          .hasMessageContainingAll("test-daemon ended with 3", "no such host");
    }
  }

  @Test
  void showsTheLogOfAProcessThatIsLate() {
    try (Daemon daemon = shell("echo still thinking; exec sleep 60")) {
      assertThatThrownBy(() -> await(daemon, "port (\\d+)", Duration.ofMillis(500)))
          .hasMessageContainingAll("test-daemon said nothing in time", "still thinking");
    }
  }

  @Test
  void leavesNothingItStartedBehind() {
    Daemon daemon = shell("sleep 60 & echo child $!; wait");
    long child = Long.parseLong(await(daemon, "child (\\d+)", Duration.ofSeconds(10)));

    daemon.close();

    assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
  }

  private Daemon shell(String script) {
    return Daemon.start(
        "test-daemon", folder.resolve("log"), new ProcessBuilder("bash", "-c", script));
  }

  private static String await(Daemon daemon, String pattern, Duration length) {
    return daemon.await(Pattern.compile(pattern), Deadline.in(length)).group(1);
  }
}
