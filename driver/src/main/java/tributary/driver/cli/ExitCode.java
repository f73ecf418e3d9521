package tributary.driver.cli;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.SparkException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import tributary.datasets.Checks;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.checkpoint.LockException;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.spark.ClusterException;
import tributary.driver.spark.SparkContexts;
import tributary.driver.spark.TaskFailure;
import tributary.worker.model.ModelException;
import tributary.worker.train.DivergedException;

/** What the process ends with. */
final class ExitCode {
  static final int OK = 0;
  static final int INTERNAL = 1;
  static final int USAGE = 2;
  static final int DATA = 3;
  static final int CHECKPOINT = 4;
  static final int DIVERGED = 5;
  static final int CLUSTER = 6;

  private ExitCode() {}

  /** Tells the user what went wrong; a stack trace is for our mistakes alone. */
  static int report(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    int code = of(e);
    if (ShutDown.hasBegun()) {
      return code; // a signal ends the process, and what it breaks on the way is no news
    }
    if (code == INTERNAL) {
      LoggerFactory.getLogger(ExitCode.class).error("internal error", e);
    } else {
      command.getErr().println(command.getColorScheme().errorText("error: " + message(e)));
    }
    return code;
  }

  /** The same where the driver's own memory is used up. */
  static int report(OutOfMemoryError e, CommandLine command) {
    String remedy =
        new TaskFailure(e.toString()).isHeap()
            ? "raise --driver-memory, or spark.driver.memory where the driver does not run on this"
                + " machine"
            : "there is too little beside its heap; lower --driver-memory, or give its machine more";
    String text =
        Checks.format("error: The driver is out of memory (%s): %s", e.getMessage(), remedy);
    command.getErr().println(command.getColorScheme().errorText(text));
    return CLUSTER;
  }

  private static String message(Exception e) {
    if (e instanceof SparkException) {
      return new TaskFailure(SparkContexts.firstLine(e)).withRemedy();
    }
    return e instanceof ClusterException ? SparkContexts.firstLine(e) : e.getMessage();
  }

  private static int of(Exception e) {
    if (e instanceof ConfigurationException || e instanceof ModelException) {
      return USAGE;
    } else if (e instanceof CheckpointException || e instanceof LockException) {
      return CHECKPOINT;
    } else if (e instanceof DivergedException) {
      return DIVERGED;
    } else if (e instanceof SparkException || e instanceof ClusterException) {
      return CLUSTER;
    } else if (e instanceof IOException) {
      return DATA; // our own files have their own exception: what is left are the user's
    }
    return INTERNAL;
  }

  /** Whether the JVM is on its way down. */
  private static final class ShutDown {
    private static final AtomicBoolean BEGUN = new AtomicBoolean();

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> BEGUN.set(true), "shutdown-flag"));
    }

    static void watch() {}

    static boolean hasBegun() {
      return BEGUN.get();
    }
  }

  /** Called once at the start, so that {@link #report} can tell a signal from a mistake. */
  static void watchForShutDown() {
    ShutDown.watch();
  }
}
