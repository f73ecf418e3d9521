package tributary.driver.pack;

import java.io.PrintStream;
import java.time.Duration;
import tributary.datasets.Checks;
import tributary.datasets.source.PackPlan;
import tributary.datasets.source.PackedShard;

/**
 * Shows people how far a packing is: a line that moves on a terminal; elsewhere a line now and
 * then, and one at the end. For one thread at a time.
 */
public class PackProgress {
  private static final long NANOS_BETWEEN_LINES = 5_000_000_000L;
  private static final double MEGA = 1e6;

  private final PrintStream out;
  private final boolean moves;
  private final long began = System.nanoTime();
  private long shardsToDo;
  private long examplesToDo;
  private long shards;
  private long examples;
  private long bytes;
  private long told = began;

  /**
   * Told on a stream.
   *
   * @param moves whether it is a terminal, where a line can be written anew
   */
  public PackProgress(PrintStream out, boolean moves) {
    this.out = out;
    this.moves = moves;
  }

  /** Called before the first shard. */
  void start(PackPlan plan) {
    shardsToDo = plan.shards();
    examplesToDo = plan.examples().stream().mapToLong(Long::longValue).sum();
  }

  /** Called after each shard. */
  void packed(PackedShard shard) {
    shards++;
    examples += shard.shard().examples() + shard.bad().size();
    bytes += shard.shard().bytes();
    long now = System.nanoTime();
    boolean last = shards == shardsToDo;
    if (moves || last || now - told >= NANOS_BETWEEN_LINES) {
      told = now;
      out.print((moves ? "\r" : "") + line((now - began) / 1e9) + (moves && !last ? "" : "\n"));
      out.flush();
    }
  }

  private String line(double seconds) {
    double left = seconds * (examplesToDo - examples) / examples;
    Duration time = Duration.ofSeconds(Math.round(left));
    return Checks.format(
        "packed %d of %d shards, %d of %d examples, %.1f MB, %.1f MB/s  left %d:%02d",
        shards,
        shardsToDo,
        examples,
        examplesToDo,
        bytes / MEGA,
        bytes / MEGA / seconds,
        time.toMinutes(),
        time.toSecondsPart());
  }
}
