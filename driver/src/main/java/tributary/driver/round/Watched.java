package tributary.driver.round;

import tributary.datasets.Checks;

/**
 * What a run's evaluations have come to so far: all that the learning rate, the end of the run and
 * its best checkpoint follow from. Driver only.
 *
 * @param best the best value, as {@link WatchRules} has it; NaN before there is one
 * @param bestStep the run's optimizer steps when it was measured; -1 before there is one
 * @param sinceBest evaluations after that, &gt;= 0
 * @param sinceChange evaluations after that, or after the rate was lowered since; &gt;= 0
 * @param rateFactor what learning rates are multiplied by from here on, &gt; 0
 */
public record Watched(
    double best, long bestStep, int sinceBest, int sinceChange, double rateFactor) {
  /** Before the first evaluation. */
  public static final Watched NOTHING = new Watched(Double.NaN, -1, 0, 0, 1);

  /** Checks the ranges. */
  public Watched {
    Checks.argument(
        bestStep == -1 || (bestStep >= 0 && !Double.isNaN(best)),
        "a best value at step %d can't be %s",
        bestStep,
        best);
    Checks.argument(
        sinceBest >= 0 && sinceChange >= 0,
        "counts must be >= 0, got %d and %d",
        sinceBest,
        sinceChange);
    Checks.argument(
        rateFactor > 0 && rateFactor <= 1, "rateFactor must be in (0, 1], got %s", rateFactor);
  }

  /** Whether there is a best one. */
  public boolean hasBest() {
    return bestStep >= 0;
  }
}
