package tributary.driver.cli;

import org.apache.spark.SparkException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import tributary.datasets.DataException;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.conf.ConfigurationException;
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
    if (code == INTERNAL) {
      LoggerFactory.getLogger(ExitCode.class).error("internal error", e);
    } else {
      command.getErr().println(command.getColorScheme().errorText("error: " + e.getMessage()));
    }
    return code;
  }

  private static int of(Exception e) {
    if (e instanceof ConfigurationException || e instanceof ModelException) {
      return USAGE;
    } else if (e instanceof DataException) {
      return DATA;
    } else if (e instanceof CheckpointException) {
      return CHECKPOINT;
    } else if (e instanceof DivergedException) {
      return DIVERGED;
    } else if (e instanceof SparkException) {
      return CLUSTER;
    }
    return INTERNAL;
  }
}
