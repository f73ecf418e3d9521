package tributary.driver.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TributaryIT {
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  @Test
  void explainsItselfWithoutArguments() {
    Outcome outcome = Tributary.local().withOptions(List.of()).submit(DEADLINE);

    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    assertThat(outcome.output()).contains("Usage: tributary");
  }

  @Test
  void passesOnTheExitCodeOfAWrongCommand() {
    Outcome outcome = Tributary.run(DEADLINE, "no-such-command");

    assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(2);
    assertThat(outcome.errors()).contains("no-such-command");
  }

  @Test
  void namesTheJavaItCannotFind(@TempDir Path folder) {
    Outcome outcome =
        Tributary.local().withEnvironment("JAVA_HOME", folder.toString()).submit(DEADLINE);

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.errors()).contains("no Java: " + folder, "install JDK 17");
  }

  @Test
  void namesTheSparkItCannotFind(@TempDir Path folder) {
    Outcome outcome =
        Tributary.local().withEnvironment("SPARK_HOME", folder.toString()).submit(DEADLINE);

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.errors()).contains("no Spark in SPARK_HOME, " + folder);
  }

  @Test
  void refusesASparkSettingWithoutAValue() {
    Outcome outcome = Tributary.run(DEADLINE, "--spark", "spark.ui.enabled", "train");

    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(outcome.errors()).contains("--spark wants KEY=VALUE, got spark.ui.enabled");
  }
}
