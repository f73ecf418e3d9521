package tributary.datasets.minibatch;

import java.io.IOException;
import java.util.function.BooleanSupplier;

/** Makes minibatches of examples. For one calling thread. */
interface Loader {
  /**
   * Loads some examples.
   *
   * @param numbers of the examples
   * @param threads that share the work
   * @param cancelled asked before each example
   * @return null if cancelled
   * @throws tributary.datasets.shard.BadExampleException if an example cannot be used, and none may
   *     be left out
   */
  Loaded load(long[] numbers, SideBySide threads, BooleanSupplier cancelled) throws IOException;

  /** What loading took so far. */
  InputTimes times();
}
