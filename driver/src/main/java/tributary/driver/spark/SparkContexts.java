package tributary.driver.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Makes the Spark context of a command; what spark-submit or the user set stands. */
public final class SparkContexts {
  private SparkContexts() {}

  /**
   * How Hadoop reaches file systems, as spark-submit was told ({@code spark.hadoop.*}); needs no
   * context, so that bad input is refused before one is started.
   */
  public static Configuration hadoop() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }

  /**
   * A context for one command; the caller closes it.
   *
   * @param name the application's name in Spark's user interface
   * @param taskCpus cores that one task takes: the threads of a replica
   */
  public static JavaSparkContext create(String name, int taskCpus) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", "tributary " + name);
    conf.setIfMissing("spark.task.cpus", Integer.toString(taskCpus));
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    // Parameters do not compress: trying costs more than it saves.
    conf.setIfMissing("spark.shuffle.compress", "false");
    conf.setIfMissing("spark.shuffle.spill.compress", "false");
    conf.setIfMissing("spark.broadcast.compress", "false");
    // A round brings the driver one state, by design, however large that is.
    conf.setIfMissing("spark.driver.maxResultSize", "0");
    return new JavaSparkContext(conf);
  }
}
