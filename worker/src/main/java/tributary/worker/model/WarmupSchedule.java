package tributary.worker.model;

import java.beans.ConstructorProperties;
import org.nd4j.linalg.schedule.ISchedule;
import tributary.datasets.Checks;

/**
 * Begins another schedule gradually: in the first steps its rate times 1/n, 2/n, ... 1. Goyal et
 * al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", arXiv:1706.02677, section 2.2,
 * from 0 on. DL4J's RampSchedule is the same, but can't be read from JSON.
 */
public final class WarmupSchedule implements ISchedule {
  private static final long serialVersionUID = 1;

  private final ISchedule schedule;
  private final long steps;

  /**
   * A schedule that begins gradually.
   *
   * @param schedule what is warmed up to; counts from the same first step
   * @param steps n, &gt;= 1
   */
  @ConstructorProperties({"schedule", "steps"}) // which DL4J's JSON parser goes by
  public WarmupSchedule(ISchedule schedule, long steps) {
    Checks.argument(schedule != null, "a warm-up needs a schedule");
    Checks.argument(steps >= 1, "steps must be >= 1, got %d", steps);
    this.schedule = schedule;
    this.steps = steps;
  }

  @Override
  public double valueAt(int step, int epoch) {
    return schedule.valueAt(step, epoch) * Math.min(1, (step + 1.0) / steps);
  }

  /** What is warmed up to. */
  public ISchedule getSchedule() {
    return schedule;
  }

  /** Steps of the warm-up. */
  public long getSteps() {
    return steps;
  }

  /** Itself: nothing in it changes. */
  @Override
  public ISchedule clone() {
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WarmupSchedule that
        && schedule.equals(that.schedule)
        && steps == that.steps;
  }

  @Override
  public int hashCode() {
    return schedule.hashCode() + Long.hashCode(steps);
  }

  @Override
  public String toString() {
    return Checks.format("%d steps of warm-up to %s", steps, schedule);
  }
}
