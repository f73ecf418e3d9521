package tributary.driver.cli;

import org.apache.spark.api.java.JavaSparkContext;
import tributary.driver.conf.Settings;
import tributary.driver.spark.SparkContexts;

/**
 * The Spark context of a command, made when it is first asked for: what can be refused without one
 * is refused before. Not safe for several threads.
 */
final class Session implements AutoCloseable {
  private final String name;
  private final Settings settings;
  private JavaSparkContext spark;

  /** Of a command that works on a model. */
  Session(String name, Settings settings) {
    this.name = name;
    this.settings = settings;
  }

  /** The context; closed with this. */
  JavaSparkContext spark() {
    if (spark == null) {
      spark = SparkContexts.create(name, settings);
    }
    return spark;
  }

  @Override
  public void close() {
    if (spark != null) {
      spark.close();
      spark = null;
    }
  }
}
