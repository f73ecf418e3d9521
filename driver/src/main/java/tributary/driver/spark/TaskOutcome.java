package tributary.driver.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.function.Function;
import tributary.datasets.DataException;

/**
 * What a task came to: a result, or bad data. The latter is sent back as a result too, since Spark
 * would retry an exception, and no retry mends bad data.
 *
 * @param result null if the data are bad
 * @param badData what is wrong with them; null if nothing is
 */
public record TaskOutcome<T>(T result, String badData) implements Serializable {
  /** What a task does. */
  public interface Attempt<T> {
    /** Does it. */
    T run() throws IOException;
  }

  /** Runs an attempt; an exception that is no {@link DataException} is Spark's to retry. */
  public static <T> TaskOutcome<T> of(Attempt<T> attempt) throws IOException {
    try {
      return new TaskOutcome<>(attempt.run(), null);
    } catch (DataException e) {
      return new TaskOutcome<>(null, e.getMessage());
    }
  }

  /** The result, on the driver. */
  public T get() throws DataException {
    if (failed()) {
      throw new DataException(badData);
    }
    return result;
  }

  /** The same outcome with another view of the result. */
  public <U> TaskOutcome<U> map(Function<T, U> view) {
    return new TaskOutcome<>(failed() ? null : view.apply(result), badData);
  }

  /** Whether there is no result. */
  public boolean failed() {
    return badData != null;
  }
}
