package tributary.driver.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import tributary.driver.cluster.Installation;

/** What the driver logs, and what Spark's scheduler does with every task, too. */
final class SchedulerLog {
  private SchedulerLog() {}

  /** Writes the configuration of such a log. */
  static Path in(Path folder) throws IOException {
    Path usual = Installation.root().resolve("deploy/log4j2.properties");
    List<String> more =
        List.of(
            "logger.scheduler.name = org.apache.spark.scheduler", "logger.scheduler.level = info");
    return Files.write(
        folder.resolve("log4j2.properties"),
        Stream.concat(Files.readAllLines(usual).stream(), more.stream()).toList());
  }
}
