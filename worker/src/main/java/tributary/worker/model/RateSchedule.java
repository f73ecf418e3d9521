package tributary.worker.model;

import java.util.Objects;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;
import tributary.datasets.Checks;

/**
 * How the learning rate of a zoo model changes: a function of the run's optimizer steps alone.
 *
 * @param type how it goes down
 * @param warmupSteps steps in which it grows evenly from 0, &gt;= 0
 * @param decaySteps steps between two drops, or to the end of the way; &gt;= 1
 * @param factor of a drop, in (0, 1); of {@link Type#STEP} and {@link Type#EXPONENTIAL} alone
 * @param power of {@link Type#POLYNOMIAL} alone, &gt; 0
 * @param last where {@link Type#POLYNOMIAL} and {@link Type#COSINE} end, &gt;= 0
 */
public record RateSchedule(
    Type type, long warmupSteps, long decaySteps, double factor, double power, double last) {
  /** One rate for all steps. */
  public static final RateSchedule CONSTANT = new RateSchedule(Type.CONSTANT, 0, 1, 0.1, 1, 0);

  /** The ways down. */
  public enum Type {
    /** None. */
    CONSTANT,
    /** Drops after every so many steps of the run. */
    STEP,
    /** The same, evenly spread over the steps. */
    EXPONENTIAL,
    /** From the end of the warm-up on to a last rate: {@link AnnealingSchedule}. */
    POLYNOMIAL,
    /** The same along a cosine. */
    COSINE
  }

  /** Checks the ranges. */
  public RateSchedule {
    Objects.requireNonNull(type, "type");
    Checks.argument(warmupSteps >= 0, "warmupSteps must be >= 0, got %d", warmupSteps);
    Checks.argument(decaySteps >= 1, "decaySteps must be >= 1, got %d", decaySteps);
    Checks.argument(factor > 0 && factor < 1, "factor must be in (0, 1), got %s", factor);
    Checks.argument(power > 0, "power must be > 0, got %s", power);
    Checks.argument(last >= 0, "last must be >= 0, got %s", last);
  }

  /** Whether there is anything to change. */
  boolean isConstant() {
    return type == Type.CONSTANT && warmupSteps == 0;
  }

  /**
   * The schedule that starts from a rate.
   *
   * @param rate what the warm-up leads to
   */
  ISchedule from(double rate) {
    ISchedule schedule =
        switch (type) {
          case CONSTANT -> new FixedSchedule(rate);
          case STEP -> new StepSchedule(ScheduleType.ITERATION, rate, factor, decaySteps);
          case EXPONENTIAL ->
              new ExponentialSchedule(
                  ScheduleType.ITERATION, rate, Math.pow(factor, 1.0 / decaySteps));
          case POLYNOMIAL -> annealing(AnnealingSchedule.Shape.POLYNOMIAL, rate);
          case COSINE -> annealing(AnnealingSchedule.Shape.COSINE, rate);
        };
    return warmupSteps == 0 ? schedule : new WarmupSchedule(schedule, warmupSteps);
  }

  private ISchedule annealing(AnnealingSchedule.Shape shape, double rate) {
    return new AnnealingSchedule(shape, rate, last, power, warmupSteps, decaySteps);
  }
}
