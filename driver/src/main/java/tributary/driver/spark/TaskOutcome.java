package tributary.driver.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.function.Function;
import tributary.datasets.DataException;
import tributary.worker.train.DivergedException;

/**
 * What a task came to: a result, or a failure for good. The latter is sent back as a result too,
 * since Spark would retry an exception, and no retry mends bad data or diverged parameters.
 *
 * @param result null if the task failed
 * @param failure null if it did not
 * @param message of the failure
 */
public record TaskOutcome<T>(T result, Failure failure, String message) implements Serializable {
  /** The failures that no retry mends. */
  public enum Failure {
    /** A {@link DataException}. */
    DATA,
    /** A {@link DivergedException}. */
    DIVERGED
  }

  /** What a task does. */
  public interface Attempt<T> {
    /** Does it. */
    T run() throws IOException;
  }

  /** Runs an attempt; an exception that is none of {@link Failure} is Spark's to retry. */
  public static <T> TaskOutcome<T> of(Attempt<T> attempt) throws IOException {
    try {
      return new TaskOutcome<>(attempt.run(), null, null);
    } catch (DataException e) {
      return new TaskOutcome<>(null, Failure.DATA, e.getMessage());
    } catch (DivergedException e) {
      return new TaskOutcome<>(null, Failure.DIVERGED, e.getMessage());
    }
  }

  /** The result, on the driver; a failure is thrown as what it was. */
  public T get() throws DataException {
    if (failed()) {
      switch (failure) {
        case DATA -> throw new DataException(message);
        case DIVERGED -> throw new DivergedException(message);
      }
    }
    return result;
  }

  /** The same outcome with another view of the result. */
  public <U> TaskOutcome<U> map(Function<T, U> view) {
    return new TaskOutcome<>(failed() ? null : view.apply(result), failure, message);
  }

  /** Whether there is no result. */
  public boolean failed() {
    return failure != null;
  }
}
