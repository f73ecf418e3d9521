package tributary.driver.round;

import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Spark contexts in the test's own process. */
public final class LocalSpark {
  private LocalSpark() {}

  /** A context with so many task slots; the caller closes it. */
  public static JavaSparkContext ofSlots(int slots) {
    return new JavaSparkContext(conf(slots));
  }

  /** The same with other settings of Spark. */
  public static JavaSparkContext ofSlots(int slots, Map<String, String> others) {
    SparkConf conf = conf(slots);
    others.forEach(conf::set);
    return new JavaSparkContext(conf);
  }

  /** A session on such a context, which ends with it. */
  public static SparkSession sessionOfSlots(int slots) {
    return SparkSession.builder().sparkContext(ofSlots(slots).sc()).getOrCreate();
  }

  private static SparkConf conf(int slots) {
    return new SparkConf()
        .setMaster("local[" + slots + "]")
        .setAppName("test")
        .set("spark.ui.enabled", "false")
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.driver.bindAddress", "127.0.0.1");
  }
}
