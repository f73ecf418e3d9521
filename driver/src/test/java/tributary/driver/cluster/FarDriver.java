package tributary.driver.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A cluster of two hosts, and a driver that reaches them, and they it, over a {@link BadLine}
 * alone: every host has a name that leads the other side to a relay. Hosts reach each other
 * directly.
 */
public final class FarDriver implements AutoCloseable {
  private static final String DRIVER = "driver.near";
  private static final List<String> HOSTS = List.of("one.far", "two.far");

  private final BadLine line = new BadLine();
  private final List<Relay> relays = new ArrayList<>();
  private final int driverPort = freePort();
  private final int driverBlocks = freePort();
  private final int executorBlocks = freePort();
  private final Path seenByDriver;
  private final Path seenByCluster;
  private final StandaloneCluster cluster;

  private FarDriver(Path folder) throws IOException {
    seenByDriver = hosts(folder.resolve("hosts-of-driver"), "127.0.0.1", "127.0.1.");
    seenByCluster = hosts(folder.resolve("hosts-of-cluster"), "127.0.1.1", "127.0.0.");
    cluster =
        StandaloneCluster.onHosts(HOSTS.toArray(String[]::new))
            .withJavaOptions(hostsFile(seenByCluster));
  }

  /** Starts cluster and relays; the caller closes them. */
  public static FarDriver start(Path folder) throws IOException {
    FarDriver far = new FarDriver(folder);
    try {
      for (int port : List.of(far.driverPort, far.driverBlocks)) {
        far.relay("127.0.1.1", "127.0.0.1", port);
      }
      for (int host = 0; host < HOSTS.size(); host++) {
        far.relay("127.0.1." + (host + 2), "127.0.0." + (host + 2), far.executorBlocks);
      }
      far.cluster.start();
      return far;
    } catch (IOException | RuntimeException e) {
      far.close();
      throw e;
    }
  }

  /** What lies between them. */
  public BadLine line() {
    return line;
  }

  /** Ends all connections between them; both sides are told. */
  public void reset() {
    relays.forEach(Relay::reset);
  }

  /** The hosts. */
  public StandaloneCluster cluster() {
    return cluster;
  }

  /** The launcher of the driver. */
  public Tributary launcher() {
    Stream<String> settings =
        Stream.of(
            "spark.driver.host=" + DRIVER,
            "spark.driver.bindAddress=127.0.0.1",
            "spark.driver.port=" + driverPort,
            "spark.driver.blockManager.port=" + driverBlocks,
            "spark.blockManager.port=" + executorBlocks,
            "spark.driver.extraJavaOptions=" + hostsFile(seenByDriver),
            "spark.executor.extraJavaOptions=" + hostsFile(seenByCluster),
            "spark.ui.enabled=false");
    return Tributary.local()
        .withEnvironment("SPARK_LOCAL_IP", "127.0.0.1")
        .withOptions(
            Stream.concat(
                    Stream.of("--master", cluster.masterUrl(), "--driver-memory", "1g"),
                    settings.flatMap(setting -> Stream.of("--spark", setting)))
                .toList());
  }

  @Override
  public void close() {
    cluster.close();
    relays.forEach(Relay::close);
  }

  private void relay(String from, String to, int port) throws IOException {
    relays.add(
        Relay.start(line, new InetSocketAddress(from, port), new InetSocketAddress(to, port)));
  }

  private static Path hosts(Path file, String driver, String hostsPrefix) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("127.0.0.1 localhost");
    lines.add("127.0.0.1 " + InetAddress.getLocalHost().getHostName());
    lines.add(driver + " " + DRIVER);
    for (int host = 0; host < HOSTS.size(); host++) {
      lines.add(hostsPrefix + (host + 2) + " " + HOSTS.get(host));
    }
    return Files.write(file, lines);
  }

  private static String hostsFile(Path file) {
    return "-Djdk.net.hosts.file=" + file;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
