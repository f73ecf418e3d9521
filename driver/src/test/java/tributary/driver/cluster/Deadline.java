package tributary.driver.cluster;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A point in time until which something is waited for. */
public final class Deadline {
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final long end;

  private Deadline(Duration length) {
    end = System.nanoTime() + length.toNanos();
  }

  /** One that ends so long from now. */
  public static Deadline in(Duration length) {
    return new Deadline(length);
  }

  Duration left() {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  /** Whether it has passed. */
  public boolean isOver() {
    return left().isZero();
  }

  /** Returns whether the condition came true in time. */
  public boolean waitFor(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      if (isOver()) {
        return false;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
    return true;
  }
}
