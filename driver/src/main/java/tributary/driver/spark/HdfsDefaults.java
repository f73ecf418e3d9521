package tributary.driver.spark;

import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;

/**
 * What a client of HDFS does if neither the user nor the cluster's files say otherwise.
 *
 * <p>Metrics and ledger are appended to and flushed each round. HDFS refuses that where a block has
 * fewer data nodes than it shall have replicas and no other node can be found: on clusters of one
 * or two nodes always, on larger ones while nodes are down, which would end the run. With best
 * effort the client looks for another node, too, but goes on with those that there are; the name
 * node makes the missing replicas when it can. What we write is checked by SHA-256 when it is read.
 */
final class HdfsDefaults {
  static final String BEST_EFFORT =
      "dfs.client.block.write.replace-datanode-on-failure.best-effort";

  private static final String HADOOPS_OWN = "hdfs-default.xml";
  private static final String SPARKS_PREFIX = "spark.hadoop.";

  static {
    HdfsConfiguration.init(); // hdfs-default.xml and hdfs-site.xml count from here on
  }

  private HdfsDefaults() {}

  /** The same configuration, with our defaults. */
  static Configuration applied(Configuration hadoop) {
    if (isHadoopsOwn(hadoop)) {
      hadoop.setBoolean(BEST_EFFORT, true);
    }
    return hadoop;
  }

  /** Lets a context have our defaults, and what it sends to executors. */
  static void apply(SparkConf conf) {
    if (isHadoopsOwn(SparkHadoopUtil.get().newConfiguration(conf))) {
      conf.set(SPARKS_PREFIX + BEST_EFFORT, "true");
    }
  }

  private static boolean isHadoopsOwn(Configuration hadoop) {
    if (hadoop.get(BEST_EFFORT) == null) {
      return true;
    }
    String[] sources = hadoop.getPropertySources(BEST_EFFORT);
    return sources != null && Arrays.asList(sources).equals(Arrays.asList(HADOOPS_OWN));
  }
}
