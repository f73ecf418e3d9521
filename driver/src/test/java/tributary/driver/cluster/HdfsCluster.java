package tributary.driver.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import tributary.datasets.testing.Folders;

/**
 * A real HDFS, name node and two data nodes, in a process of its own on this machine's loopback
 * address: fewer nodes than a block has replicas, as on many a small cluster; lives as long as the
 * test class.
 */
public final class HdfsCluster implements BeforeAllCallback, AfterAllCallback {
  private static final Duration START_UP = Duration.ofMinutes(2);
  private static final Pattern ADDRESS = Pattern.compile("HDFS is at (hdfs://\\S+)");
  private static final int DATA_NODES = 2;

  private Path folder;
  private Daemon process;
  private URI uri;

  @Override
  public void beforeAll(ExtensionContext context) {
    try {
      folder = Files.createTempDirectory("tributary-hdfs-");
      List<String> classPath =
          List.of(
              Installation.sparkHome() + "/jars/*",
              origin(MiniDFSCluster.class),
              origin(MiniHdfs.class));
      ProcessBuilder builder =
          new ProcessBuilder(
              Installation.java(),
              "-Xmx512m",
              "-cp",
              String.join(File.pathSeparator, classPath),
              MiniHdfs.class.getName(),
              folder.resolve("files").toString(),
              Integer.toString(DATA_NODES));
      process =
          Daemon.start("hdfs", folder.resolve("hdfs.log"), builder.directory(folder.toFile()));
      uri = URI.create(process.await(ADDRESS, Deadline.in(START_UP)).group(1));
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("HDFS did not start", e);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (process != null) {
      process.close();
    }
    if (folder != null) {
      Folders.delete(folder);
    }
  }

  /** The URI of a path in it. */
  public String at(String path) {
    return uri.resolve(path).toString();
  }

  /** It as Hadoop's client sees it; closed with the JVM. */
  public FileSystem fileSystem() {
    try {
      return FileSystem.get(uri, new Configuration());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String origin(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }
}
