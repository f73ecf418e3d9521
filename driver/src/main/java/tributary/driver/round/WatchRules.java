package tributary.driver.round;

import java.util.Objects;
import tributary.datasets.Checks;
import tributary.driver.conf.Measure;
import tributary.worker.train.Evaluation;

/**
 * What follows from evaluations: a learning rate that falls when they get no better, as PyTorch's
 * ReduceLROnPlateau has it, and an early end; Prechelt, "Early Stopping - But When?", 1998. Pure
 * functions of what was measured. Driver only.
 *
 * @param measure what is looked at
 * @param minImprovement a better value by less is none, &gt;= 0
 * @param patience so many evaluations in a row without a better one end the run; 0: none do
 * @param plateauPatience so many lower the learning rate, &gt;= 1
 * @param plateauFactor to this share of it, in (0, 1); 0: never
 */
public record WatchRules(
    Measure measure,
    double minImprovement,
    int patience,
    int plateauPatience,
    double plateauFactor) {
  /** Nothing follows. */
  public static final WatchRules NONE = new WatchRules(Measure.ACCURACY, 0, 0, 1, 0);

  /** Checks the ranges. */
  public WatchRules {
    Objects.requireNonNull(measure, "measure");
    Checks.argument(minImprovement >= 0, "minImprovement must be >= 0, got %s", minImprovement);
    Checks.argument(patience >= 0, "patience must be >= 0, got %d", patience);
    Checks.argument(plateauPatience >= 1, "plateauPatience must be >= 1, got %d", plateauPatience);
    Checks.argument(
        plateauFactor >= 0 && plateauFactor < 1,
        "plateauFactor must be in [0, 1), got %s",
        plateauFactor);
  }

  /** Whether anything can follow. */
  public boolean watches() {
    return patience > 0 || plateauFactor > 0;
  }

  /**
   * What the evaluations have come to with another one.
   *
   * @param step the run's optimizer steps when it was made
   */
  public Watched next(Watched before, Evaluation evaluation, long step) {
    if (!watches()) {
      return before;
    }
    double value = measure.of(evaluation);
    if (isBetter(before, value)) {
      return new Watched(value, step, 0, 0, before.rateFactor());
    }
    int sinceChange = before.sinceChange() + 1;
    boolean lower = plateauFactor > 0 && sinceChange >= plateauPatience;
    return new Watched(
        before.best(),
        before.bestStep(),
        before.sinceBest() + 1,
        lower ? 0 : sinceChange,
        lower ? before.rateFactor() * plateauFactor : before.rateFactor());
  }

  /** Whether a run that stands so is over. */
  public boolean isOver(Watched watched) {
    return patience > 0 && watched.sinceBest() >= patience;
  }

  private boolean isBetter(Watched before, double value) {
    if (!before.hasBest()) {
      return !Double.isNaN(value);
    }
    double gain = measure.gain(before.best(), value);
    return gain > 0 && gain >= minImprovement;
  }
}
