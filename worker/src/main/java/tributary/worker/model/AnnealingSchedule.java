package tributary.worker.model;

import java.beans.ConstructorProperties;
import java.util.Objects;
import org.nd4j.linalg.schedule.ISchedule;
import tributary.datasets.Checks;

/**
 * Goes from one learning rate down to another, and stays there. With p the share of the way that is
 * done, 0 to 1, the rate is {@code last + (first - last) s(p)}, where s is
 *
 * <ul>
 *   <li>{@code (1 + cos(pi p)) / 2} for {@link Shape#COSINE}: Loshchilov and Hutter, "SGDR",
 *       arXiv:1608.03983, equation 5, without restarts;
 *   <li>{@code (1 - p)^power} for {@link Shape#POLYNOMIAL}, a line for power 1. DL4J's PolySchedule
 *       goes up before it goes down.
 * </ul>
 */
public final class AnnealingSchedule implements ISchedule {
  private static final long serialVersionUID = 1;

  private final Shape shape;
  private final double first;
  private final double last;
  private final double power;
  private final long begin;
  private final long steps;

  /** How the rate goes down. */
  public enum Shape {
    /** Half a cosine. */
    COSINE,
    /** A power of what is left. */
    POLYNOMIAL
  }

  /**
   * A schedule.
   *
   * @param first rate up to step {@code begin}
   * @param last rate from step {@code begin + steps} on
   * @param power of the polynomial, &gt; 0; a cosine has none
   * @param begin &gt;= 0
   * @param steps &gt;= 1
   */
  @ConstructorProperties({
    "shape", "first", "last", "power", "begin", "steps"
  }) // which DL4J's JSON parser goes by
  public AnnealingSchedule(
      Shape shape, double first, double last, double power, long begin, long steps) {
    Objects.requireNonNull(shape, "shape");
    Checks.argument(first >= 0 && last >= 0, "rates must be >= 0, got %s and %s", first, last);
    Checks.argument(power > 0, "power must be > 0, got %s", power);
    Checks.argument(begin >= 0, "begin must be >= 0, got %d", begin);
    Checks.argument(steps >= 1, "steps must be >= 1, got %d", steps);
    this.shape = shape;
    this.first = first;
    this.last = last;
    this.power = power;
    this.begin = begin;
    this.steps = steps;
  }

  @Override
  public double valueAt(int step, int epoch) {
    double done = Math.min(1, Math.max(0, step - begin) / (double) steps);
    double left =
        shape == Shape.COSINE ? (1 + Math.cos(Math.PI * done)) / 2 : Math.pow(1 - done, power);
    return last + (first - last) * left;
  }

  /** How the rate goes down. */
  public Shape getShape() {
    return shape;
  }

  /** The rate at the beginning. */
  public double getFirst() {
    return first;
  }

  /** The rate at the end. */
  public double getLast() {
    return last;
  }

  /** The power of the polynomial. */
  public double getPower() {
    return power;
  }

  /** The step in which the way down begins. */
  public long getBegin() {
    return begin;
  }

  /** Steps of the way down. */
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
    return other instanceof AnnealingSchedule that
        && shape == that.shape
        && first == that.first
        && last == that.last
        && power == that.power
        && begin == that.begin
        && steps == that.steps;
  }

  @Override
  public int hashCode() {
    return Objects.hash(shape, first, last, power, begin, steps);
  }

  @Override
  public String toString() {
    return Checks.format(
        "%s from %s to %s in steps %d to %d", shape, first, last, begin, begin + steps);
  }
}
