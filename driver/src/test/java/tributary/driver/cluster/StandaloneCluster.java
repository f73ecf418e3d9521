package tributary.driver.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Spark's own Master and Workers, as processes on this machine's loopback address.
 *
 * <p>As a JUnit extension it lives as long as the test class; in a test, {@link #start} and {@link
 * #close} bound it. Every wait has a deadline, every log is kept until the cluster is closed, and a
 * failure shows the last lines of all of them.
 *
 * <pre>{@code
 * @RegisterExtension static final StandaloneCluster CLUSTER = StandaloneCluster.ofWorkers(2);
 * }</pre>
 */
public final class StandaloneCluster implements BeforeAllCallback, AfterAllCallback, AutoCloseable {
  private static final Duration START_UP = Duration.ofMinutes(2);
  private static final Pattern MASTER = Pattern.compile("Starting Spark master at (spark://\\S+)");
  private static final Pattern REGISTERED = Pattern.compile("Successfully registered with master");

  private final int workerCount;
  private final List<String> hosts;
  private final List<String> prefix;
  private final List<String> javaOptions;
  private final List<Daemon> workers = new ArrayList<>();
  private Path folder;
  private Daemon master;
  private String masterUrl;

  private StandaloneCluster(
      int workerCount, List<String> hosts, List<String> prefix, List<String> javaOptions) {
    this.workerCount = workerCount;
    this.hosts = List.copyOf(hosts);
    this.prefix = List.copyOf(prefix);
    this.javaOptions = List.copyOf(javaOptions);
  }

  /** A cluster, not yet started, of workers with one core and 2 GiB each. */
  public static StandaloneCluster ofWorkers(int count) {
    return new StandaloneCluster(count, List.of("127.0.0.1"), List.of(), List.of());
  }

  /** The same with one worker on each host: loopback addresses, which Spark takes for machines. */
  public static StandaloneCluster onHosts(String... hosts) {
    return new StandaloneCluster(hosts.length, List.of(hosts), List.of(), List.of());
  }

  /** The same with options for the JVMs of Master and Workers. */
  public StandaloneCluster withJavaOptions(String... options) {
    return new StandaloneCluster(workerCount, hosts, prefix, List.of(options));
  }

  /** The same with Master, Workers and executors run by a command, as {@code prlimit}. */
  public StandaloneCluster under(String... command) {
    return new StandaloneCluster(workerCount, hosts, List.of(command), javaOptions);
  }

  /** Starts all processes and waits until every worker has registered. */
  public StandaloneCluster start() {
    try {
      folder = Files.createTempDirectory("tributary-cluster-");
      startMaster();
      for (int i = 0; i < workerCount; i++) {
        launchWorker();
      }
      workers.forEach(StandaloneCluster::awaitRegistration);
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      String logs = logs();
      close();
      throw new IllegalStateException("The cluster did not start.\n" + logs, e);
    }
    return this;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    start();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    close();
  }

  /** Where drivers find this cluster: {@code spark://127.0.0.1:PORT}. */
  public String masterUrl() {
    return masterUrl;
  }

  /** The launcher, set up for this cluster; for a command that shall be disturbed while it runs. */
  public Tributary launcher() {
    return Tributary.local()
        .withEnvironment("SPARK_LOCAL_IP", "127.0.0.1")
        .withOptions(
            List.of(
                "--master", masterUrl,
                "--driver-memory", "1g",
                "--spark", "spark.driver.host=127.0.0.1",
                "--spark", "spark.ui.enabled=false"));
  }

  /**
   * Runs {@code deploy/tributary} on this cluster and waits for its end.
   *
   * @param deadline how long it may take; then it is killed and this fails with all logs
   * @param arguments the command and its options; {@code --spark KEY=VALUE} is among them
   */
  public Outcome submit(Duration deadline, String... arguments) {
    try {
      return launcher().submit(deadline, arguments);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n" + logs(), e);
    }
  }

  /** Waits until a worker has an executor. */
  public long awaitExecutorOf(int worker, Duration deadline) {
    Daemon daemon = workers.get(worker);
    if (!Deadline.in(deadline).waitFor(() -> daemon.children().findAny().isPresent())) {
      throw new AssertionError("Expected an executor of worker " + worker + "\n" + logs());
    }
    return daemon.children().findFirst().orElseThrow().pid();
  }

  /** Process ids of the executors that live now, those of the first worker first. */
  public List<Long> executorPids() {
    return workers.stream().flatMap(Daemon::children).map(ProcessHandle::pid).toList();
  }

  /** Waits until that many executors live. */
  public List<Long> awaitExecutors(int count, Duration deadline) {
    if (!Deadline.in(deadline).waitFor(() -> executorPids().size() >= count)) {
      throw new AssertionError(
          "Expected " + count + " executors, found " + executorPids().size() + "\n" + logs());
    }
    return executorPids();
  }

  /**
   * Waits until executors of drivers that have ended are gone too: they take a moment to stop, and
   * who asks for executors then finds those.
   */
  public void awaitNoExecutors(Duration deadline) {
    if (!Deadline.in(deadline).waitFor(() -> executorPids().isEmpty())) {
      throw new AssertionError("Expected no executors, found " + executorPids() + "\n" + logs());
    }
  }

  /** Ends an executor as {@code kill -9} does, and waits until it is gone. */
  public void killExecutor(long pid) {
    ProcessHandle.of(pid).ifPresent(Daemon::killTree);
  }

  /** Adds a worker to a cluster that runs, and waits until it has registered. */
  public void startWorker() {
    awaitRegistration(launchWorker());
  }

  /** Ends a worker and its executors, as the loss of a host does. */
  public void killWorker(int number) {
    workers.get(number).close();
  }

  /** The last lines of every process' log, those of executors included. */
  public String logs() {
    Stream<String> daemons =
        Stream.concat(Stream.ofNullable(master), workers.stream()).map(Daemon::tail);
    return Stream.concat(daemons, executorLogs()).collect(Collectors.joining("\n"));
  }

  /** Ends every process and removes every file of this cluster. */
  @Override
  public void close() {
    workers.forEach(Daemon::close);
    workers.clear();
    if (master != null) {
      master.close();
      master = null;
    }
    if (folder != null) {
      delete(folder);
      folder = null;
    }
  }

  private void startMaster() {
    master = start("master", "org.apache.spark.deploy.master.Master", "127.0.0.1", List.of());
    masterUrl = master.await(MASTER, Deadline.in(START_UP)).group(1);
  }

  private Daemon launchWorker() {
    int number = workers.size();
    String workFolder = folder.resolve("work-" + number).toString();
    List<String> arguments =
        List.of("--cores", "1", "--memory", "2g", "--work-dir", workFolder, masterUrl);
    String host = hosts.get(number % hosts.size());
    Daemon worker =
        start("worker-" + number, "org.apache.spark.deploy.worker.Worker", host, arguments);
    workers.add(worker);
    return worker;
  }

  private static void awaitRegistration(Daemon worker) {
    worker.await(REGISTERED, Deadline.in(START_UP));
  }

  private Daemon start(String name, String mainClass, String host, List<String> arguments) {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(Installation.java(), "-Xmx512m"));
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptions().split(" ")));
    // A test may kill as many executors as it likes.
    command.add("-Dspark.deploy.maxExecutorRetries=-1");
    command.addAll(javaOptions);
    command.addAll(List.of("-cp", Installation.sparkHome() + "/jars/*", mainClass));
    command.addAll(List.of("--host", host, "--port", "0", "--webui-port", "0"));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "SPARK_HOME", Installation.sparkHome().toString(),
                "SPARK_SCALA_VERSION", "2.12",
                "SPARK_LOCAL_IP", "127.0.0.1",
                "OMP_WAIT_POLICY", "passive"));
    return Daemon.start(name, folder.resolve(name + ".log"), builder);
  }

  private Stream<String> executorLogs() {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.endsWith("stderr"))
          .sorted()
          .map(file -> "=== " + folder.relativize(file) + "\n" + Logs.tail(file))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
