package tributary.driver.cluster;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/** The process of {@link HdfsCluster}: Hadoop's own name node and data nodes. */
final class MiniHdfs {
  private MiniHdfs() {}

  /**
   * Runs until it is killed.
   *
   * @param args folder of its files, number of data nodes
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Configuration conf = new Configuration();
    conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, Path.of(args[0]).toString());
    MiniDFSCluster cluster =
        new MiniDFSCluster.Builder(conf).numDataNodes(Integer.parseInt(args[1])).build();
    cluster.waitClusterUp();
    System.out.println("HDFS is at " + cluster.getFileSystem().getUri());
    Thread.currentThread().join();
  }
}
