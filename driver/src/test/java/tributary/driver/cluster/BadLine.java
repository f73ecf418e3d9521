package tributary.driver.cluster;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * How long bytes take from one side to the other, whatever connections they belong to. What TCP
 * makes of a lost packet is a pause of its retransmission timeout; of a line that is cut, silence
 * until it is mended. Safe for several threads.
 */
public final class BadLine {
  /** No delay, no limit, no loss. */
  public static final Quality GOOD = new Quality(Duration.ZERO, 0, 0);

  private static final Duration RETRANSMISSION = Duration.ofMillis(200);
  private static final int PACKET = 1460;

  private final Direction there = new Direction(1);
  private final Direction back = new Direction(2);
  private volatile Quality quality = GOOD;
  private volatile CompletableFuture<Void> whole = CompletableFuture.completedFuture(null);

  /**
   * What a line is like.
   *
   * @param delay from one side to the other
   * @param bitsPerSecond in each direction; 0 for no limit
   * @param loss share of packets that are lost, in {@code [0, 1)}
   */
  public record Quality(Duration delay, long bitsPerSecond, double loss) {}

  /** Changes for what is sent from now on. */
  public void becomes(Quality other) {
    quality = other;
  }

  /** Nothing gets through any more, and nobody is told. */
  public void cut() {
    whole = new CompletableFuture<>();
  }

  /** Everything gets through, what was sent in the meantime first. */
  public void mend() {
    whole.complete(null);
  }

  /** Bytes that got through so far, both ways. */
  public long carried() {
    return there.carried() + back.carried();
  }

  /** Packets that were lost so far, both ways. */
  public long lost() {
    return there.lost() + back.lost();
  }

  Direction there() {
    return there;
  }

  Direction back() {
    return back;
  }

  /** One direction. */
  final class Direction {
    private final Random random;
    private long free = System.nanoTime();
    private long carried;
    private long lost;

    private Direction(long seed) {
      random = new Random(seed);
    }

    /** Returns when so many bytes have arrived. */
    void carry(int bytes, long sentNanos) throws InterruptedException {
      whole.join();
      Quality now = quality;
      long arrival = sentNanos + now.delay().toNanos() + stalls(bytes, now);
      arrival = Math.max(arrival, transmitted(bytes, now));
      TimeUnit.NANOSECONDS.sleep(arrival - System.nanoTime());
      whole.join();
    }

    private synchronized long transmitted(int bytes, Quality now) {
      carried += bytes;
      if (now.bitsPerSecond() > 0) {
        long seconds = TimeUnit.SECONDS.toNanos(1);
        free = Math.max(free, System.nanoTime()) + bytes * 8L * seconds / now.bitsPerSecond();
      }
      return free;
    }

    private synchronized long stalls(int bytes, Quality now) {
      long stalls = 0;
      for (int packet = 0; packet * PACKET < bytes; packet++) {
        if (random.nextDouble() < now.loss()) {
          stalls += RETRANSMISSION.toNanos();
          lost++;
        }
      }
      return stalls;
    }

    private synchronized long carried() {
      return carried;
    }

    private synchronized long lost() {
      return lost;
    }
  }
}
