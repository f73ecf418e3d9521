package tributary.datasets.shard;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;

/** There is no dataset, split or file where one was asked for. */
public final class MissingDatasetException extends DataException {
  /** Wraps a complete message; it names the path or split and the remedy. */
  public MissingDatasetException(String message) {
    super(message);
  }

  /** There is no such file, or this user must not read it. */
  static MissingDatasetException unreadable(Path file, IOException cause) {
    MissingDatasetException missing =
        new MissingDatasetException(
            Checks.format(
                "Cannot read %s as user %s: %s; make a dataset with deploy/tributary pack",
                file, System.getProperty("user.name"), cause.getMessage()));
    missing.initCause(cause);
    return missing;
  }
}
