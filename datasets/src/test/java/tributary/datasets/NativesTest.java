package tributary.datasets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.testing.HandMade;

class NativesTest {
  private static final long DEADLINE_SECONDS = 60;

  @TempDir Path folder;

  /** What each of the processes does: its first use of native code. */
  public static void main(String[] arguments) {
    System.out.println("encoded " + HandMade.png(1).length);
  }

  @Test
  void processesThatStartTogetherOnAColdCacheAllLoad() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(start(folder.resolve("log-" + i)));
    }
    for (int i = 0; i < processes.size(); i++) {
      Process process = processes.get(i);
      boolean ended = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      assertThat(ended).isTrue();
      assertThat(Files.readString(folder.resolve("log-" + i))).contains("encoded ");
      assertThat(process.exitValue()).isZero();
    }
    assertThat(folder.resolve("cache.lock")).exists();
  }

  private Process start(Path log) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("cache"),
            "-cp",
            System.getProperty("java.class.path"),
            NativesTest.class.getName())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }
}
