package tributary.driver.features;

import java.io.PrintStream;
import java.time.Duration;
import tributary.datasets.Checks;

/**
 * Shows people how far an extraction is: a line that moves on a terminal; elsewhere a line now and
 * then, and one at the end. For one thread at a time.
 */
public final class ExtractProgress {
  private static final long NANOS_BETWEEN_LINES = 5_000_000_000L;

  private final PrintStream out;
  private final boolean moves;
  private long began;
  private long told;
  private int shardsToDo;
  private long examplesToDo;
  private int shards;
  private long examples;

  /**
   * Told on a stream.
   *
   * @param moves whether it is a terminal, where a line can be written anew
   */
  public ExtractProgress(PrintStream out, boolean moves) {
    this.out = out;
    this.moves = moves;
  }

  /** Called before the first shard that is not there already. */
  void start(int shardCount, long exampleCount) {
    shardsToDo = shardCount;
    examplesToDo = exampleCount;
    began = System.nanoTime();
    told = began;
  }

  /** Called after each shard. */
  void extracted(long rows) {
    shards++;
    examples += rows;
    long now = System.nanoTime();
    boolean last = shards == shardsToDo;
    if (moves || last || now - told >= NANOS_BETWEEN_LINES) {
      told = now;
      out.print((moves ? "\r" : "") + line((now - began) / 1e9) + (moves && !last ? "" : "\n"));
      out.flush();
    }
  }

  private String line(double seconds) {
    double left = examples == 0 ? 0 : seconds * (examplesToDo - examples) / examples;
    Duration time = Duration.ofSeconds(Math.round(left));
    return Checks.format(
        "extracted %d of %d shards, %d of %d images, %.0f images/s  left %d:%02d",
        shards,
        shardsToDo,
        examples,
        examplesToDo,
        examples / seconds,
        time.toMinutes(),
        time.toSecondsPart());
  }
}
