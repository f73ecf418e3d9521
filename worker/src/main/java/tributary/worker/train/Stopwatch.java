package tributary.worker.train;

/** Adds up the time that some calls take. */
final class Stopwatch {
  private static final double NANOS_PER_SECOND = 1e9;

  private long nanos;

  <T, E extends Exception> T time(Timed<T, E> call) throws E {
    long start = System.nanoTime();
    try {
      return call.run();
    } finally {
      nanos += System.nanoTime() - start;
    }
  }

  double seconds() {
    return nanos / NANOS_PER_SECOND;
  }

  /** What is timed. */
  interface Timed<T, E extends Exception> {
    T run() throws E;
  }
}
