package tributary.driver.cli;

import tributary.datasets.SuppressForbidden;

/** Where spark-submit enters. */
public final class Main {
  private Main() {}

  /** Runs the command that the arguments name, and ends the process with its exit code. */
  @SuppressForbidden(reason = "the one place that ends the process")
  public static void main(String[] arguments) {
    ExitCode.watchForShutDown();
    System.exit(Tributary.run(arguments));
  }
}
