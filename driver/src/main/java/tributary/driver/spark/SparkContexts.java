package tributary.driver.spark;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import tributary.datasets.Checks;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;

/** Makes the Spark context of a command; what spark-submit or the user set stands. */
public final class SparkContexts {
  private static final String JAVA_SERIALIZER = "org.apache.spark.serializer.JavaSerializer";
  private static final String PLUGINS = "spark.plugins";
  private static final Pattern LOCAL = Pattern.compile("local(?:\\[(\\d{1,9}|\\*)(?:,.*)?\\])?");

  private SparkContexts() {}

  /**
   * How Hadoop reaches file systems, as spark-submit was told ({@code spark.hadoop.*}); needs no
   * context, so that bad input is refused before one is started.
   */
  public static Configuration hadoop() {
    return HdfsDefaults.applied(SparkHadoopUtil.get().newConfiguration(new SparkConf()));
  }

  /**
   * A context for a command that works on a model; the caller closes it. Its work waits no longer
   * for executors than the settings allow.
   *
   * @param name the application's name in Spark's user interface
   */
  public static JavaSparkContext create(String name, Settings settings) {
    JavaSparkContext spark = create(name, settings.integer(Key.ENGINE_THREADS));
    ExecutorWatch.start(
        spark, Duration.ofSeconds(settings.number(Key.RUN_CLUSTER_TIMEOUT_SECONDS)));
    return spark;
  }

  /**
   * A context for one command; the caller closes it.
   *
   * @param name the application's name in Spark's user interface
   * @param taskCpus cores that one task takes: the threads of a replica
   */
  public static JavaSparkContext create(String name, int taskCpus) {
    return create(new SparkConf(), name, taskCpus);
  }

  /** The same, with settings that the command makes itself. */
  public static JavaSparkContext create(SparkConf conf, String name, int taskCpus) {
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", "tributary " + name);
    conf.setIfMissing("spark.task.cpus", Integer.toString(taskCpus));
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    // Parameters do not compress: trying costs more than it saves.
    conf.setIfMissing("spark.shuffle.compress", "false");
    conf.setIfMissing("spark.shuffle.spill.compress", "false");
    conf.setIfMissing("spark.broadcast.compress", "false");
    // Nobody compares these sums unless a read fails: two more passes over every slice for nothing.
    conf.setIfMissing("spark.shuffle.checksum.enabled", "false");
    // Else tasks write a file for every reducer, and then all of it again into one.
    conf.setIfMissing("spark.shuffle.sort.bypassMergeThreshold", "0");
    // A round ends with its last task: none waits for a place that it would like better.
    conf.setIfMissing("spark.locality.wait", "0");
    // A round brings the driver one state, by design, however large that is.
    conf.setIfMissing("spark.driver.maxResultSize", "0");
    HdfsDefaults.apply(conf);
    // Results and shuffles carry records, which Kryo can't write.
    conf.set("spark.serializer", JAVA_SERIALIZER);
    addPlugin(conf);
    requireCores(conf.get("spark.master"), taskCpus);
    try {
      return new JavaSparkContext(conf);
    } catch (RuntimeException e) {
      throw new ClusterException(
          "Cannot start Spark on " + conf.get("spark.master") + ": " + firstLine(e), e);
    }
  }

  /**
   * Passes if a context that a user has made can carry what tasks send back.
   *
   * @throws IllegalStateException if it has another serializer than Spark's default
   */
  public static void requireJavaSerializer(JavaSparkContext spark) {
    String found = spark.getConf().get("spark.serializer", JAVA_SERIALIZER);
    if (!found.equals(JAVA_SERIALIZER)) {
      throw new IllegalStateException(
          Checks.format(
              "spark.serializer: expected %s, found %s, by which Tributary's results can't be sent;"
                  + " leave it unset",
              JAVA_SERIALIZER, found));
    }
  }

  /** Ours, beside those that the user wants. */
  private static void addPlugin(SparkConf conf) {
    String own = DriverLink.class.getName();
    String others = conf.get(PLUGINS, "");
    conf.set(PLUGINS, others.isEmpty() ? own : others + "," + own);
  }

  /** What an exception says, without the stack traces that Spark puts into its messages. */
  public static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static void requireCores(String master, int taskCpus) {
    Matcher local = LOCAL.matcher(master);
    if (!local.matches()) {
      return; // Spark asks the cluster
    }
    String given = local.group(1) == null ? "1" : local.group(1);
    int cores =
        given.equals("*") ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(given);
    if (taskCpus > cores) {
      throw new ConfigurationException(
          List.of(
              Checks.format(
                  "engine.threads: %d threads do not fit %s with its %d cores; lower it, or give"
                      + " --master local[%d]",
                  taskCpus, master, cores, taskCpus)));
    }
  }
}
