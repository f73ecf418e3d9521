package tributary.driver.round;

import java.util.Arrays;
import tributary.datasets.Checks;
import tributary.worker.model.ModelState;
import tributary.worker.train.LocalSteps;
import tributary.worker.train.Position;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;

/**
 * What a round costs: its time is {@code overheadSeconds + steps * stepSeconds}. Overhead is what a
 * round takes however many steps it has: launching tasks, sending parameters, averaging them.
 * Driver only.
 *
 * @param overheadSeconds &gt;= 0
 * @param stepSeconds what each local step of every replica adds, waves and waits for input
 *     included; &gt; 0
 */
public record RoundCost(double overheadSeconds, double stepSeconds) {
  private static final int MANY_STEPS = 5;
  private static final int TRIALS = 3;

  /** Checks the ranges. */
  public RoundCost {
    Checks.argument(overheadSeconds >= 0, "overheadSeconds must be >= 0, got %s", overheadSeconds);
    Checks.argument(stepSeconds > 0, "stepSeconds must be > 0, got %s", stepSeconds);
  }

  /**
   * Times rounds of one step and of a few on a run's first examples, without training: a round is a
   * pure function, and what these come to is dropped.
   */
  public static RoundCost measure(Replicas replicas, RoundSettings settings, ModelState model)
      throws Exception {
    RoundPlan one = firstRound(settings, 1);
    RoundPlan many = firstRound(settings, MANY_STEPS);
    RunState start = RunState.of(model);
    replicas.train(many, start); // loads classes, native code and data
    double[] ones = new double[TRIALS];
    double[] manies = new double[TRIALS];
    double computing = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
      ones[trial] = replicas.train(one, start).seconds();
      RoundOutcome outcome = replicas.train(many, start);
      manies[trial] = outcome.seconds();
      computing = Math.max(computing, outcome.slowest(ReplicaReport::computeSeconds));
    }
    return of(median(ones), median(manies), many.steps(), computing);
  }

  /**
   * The cost that two rounds show: the longer one's additional steps take its additional time, but
   * at least what was computed, whatever the clock says of rounds that are nearly all overhead.
   *
   * @param one seconds of a round of one step
   * @param many seconds of a round of {@code steps} steps
   * @param computing seconds that a replica's engine took for the latter
   */
  static RoundCost of(double one, double many, int steps, double computing) {
    double step = computing / steps;
    if (steps > 1) {
      step = Math.max(step, (many - one) / (steps - 1));
    }
    return new RoundCost(Math.max(0, one - step), step);
  }

  /** The share of a round of so many steps that is overhead, in {@code [0, 1)}. */
  public double overheadShare(int steps) {
    return overheadSeconds / (overheadSeconds + steps * stepSeconds);
  }

  /**
   * The fewest local steps whose rounds are within the budget, or {@code most} if none is.
   *
   * @param budget share of a round that may be overhead, in {@code (0, 1)}
   */
  public int fewestSteps(double budget, int most) {
    double steps = overheadSeconds * (1 - budget) / (budget * stepSeconds);
    return (int) Math.min(most, Math.max(1, Math.ceil(steps)));
  }

  private static RoundPlan firstRound(RoundSettings settings, int steps) {
    return new RoundPlan(settings.with(LocalSteps.of(steps)), Position.START);
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
