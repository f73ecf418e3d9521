package tributary.driver.cluster;

import java.nio.file.Path;
import java.nio.file.Paths;

/** What the build has laid out: the job jar, the Spark home and the launcher. */
public final class Installation {
  private Installation() {}

  /** The job jar as it is shipped. */
  public static Path jar() {
    return path("tributary.jar");
  }

  /** A folder that serves as {@code SPARK_HOME}. */
  public static Path sparkHome() {
    return path("tributary.spark-home");
  }

  /** The root of the repository. */
  public static Path root() {
    return path("tributary.root").normalize();
  }

  static Path launcher() {
    return root().resolve("deploy/tributary");
  }

  static String java() {
    return Paths.get(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static Path path(String key) {
    String value = System.getProperty(key);
    if (value == null) {
      throw new IllegalStateException(
          "System property "
              + key
              + " is not set: run the test with mvn verify, or set it to the built file");
    }
    return Paths.get(value);
  }
}
