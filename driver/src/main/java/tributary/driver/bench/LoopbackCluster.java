package tributary.driver.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;
import org.apache.spark.rpc.RpcEnv;
import scala.Option;

/**
 * Spark's standalone cluster on this machine alone: its master and workers inside this process,
 * each executor a process of its own. It listens on loopback.
 */
final class LoopbackCluster implements AutoCloseable {
  private static final String HOST = "127.0.0.1";

  /** What Spark asks a worker to have beyond its executors' heaps; nothing reserves it. */
  private static final int SPARE_MEGABYTES = 1024;

  private final SparkConf conf;
  private final Path work;
  private final RpcEnv master;
  private final List<RpcEnv> workers = new ArrayList<>();

  private LoopbackCluster(SparkConf conf, Path work) {
    this.conf = conf;
    this.work = work;
    this.master = Master.startRpcEnvAndEndpoint(HOST, 0, 0, conf)._1();
  }

  /**
   * Starts workers that have room for one executor each.
   *
   * @param cores of each executor
   * @param megabytes heap of each executor
   */
  static LoopbackCluster of(int executors, int cores, int megabytes) throws IOException {
    SparkConf conf = new SparkConf();
    LoopbackCluster cluster =
        new LoopbackCluster(conf, Files.createTempDirectory("tributary-cluster-"));
    for (int number = 1; number <= executors; number++) {
      cluster.startWorker(number, cores, megabytes + SPARE_MEGABYTES);
    }
    return cluster;
  }

  /** Where contexts find it. */
  String url() {
    return master.address().toSparkURL();
  }

  @Override
  public void close() {
    workers.forEach(RpcEnv::shutdown);
    workers.forEach(RpcEnv::awaitTermination);
    master.shutdown();
    master.awaitTermination();
    FileUtil.fullyDelete(work.toFile());
  }

  private void startWorker(int number, int cores, int megabytes) {
    workers.add(
        Worker.startRpcEnvAndEndpoint(
            HOST,
            0,
            0,
            cores,
            megabytes,
            new String[] {url()},
            work.toString(),
            Option.apply(number),
            conf,
            Option.empty()));
  }
}
