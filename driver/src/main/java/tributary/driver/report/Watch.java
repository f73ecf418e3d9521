package tributary.driver.report;

import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.driver.round.WatchRules;
import tributary.driver.round.Watched;
import tributary.worker.train.Evaluation;

/** Follows a run's evaluations, and tells of what follows from them. Driver only. */
public final class Watch {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

  private final WatchRules rules;
  private Watched seen;

  /**
   * A watch.
   *
   * @param seen what the evaluations before have come to
   */
  public Watch(WatchRules rules, Watched seen) {
    this.rules = rules;
    this.seen = seen;
  }

  /** A watch that nothing follows from. */
  static Watch none() {
    return new Watch(WatchRules.NONE, Watched.NOTHING);
  }

  /** What the evaluations have come to so far. */
  public Watched seen() {
    return seen;
  }

  /** Whether the run is to end here, before its last epoch. */
  public boolean isOver() {
    return rules.isOver(seen);
  }

  /** Whether the evaluation at a step was the best so far. */
  boolean isBest(long step) {
    return rules.watches() && seen.bestStep() == step;
  }

  /** Takes in an evaluation, made when the run had taken so many optimizer steps. */
  void add(Evaluation evaluation, long step) {
    Watched before = seen;
    seen = rules.next(before, evaluation, step);
    if (isOver()) {
      LOG.info("the run ends here: {} (training.patience)", noBetter(seen.sinceBest()));
    } else if (seen.rateFactor() != before.rateFactor()) {
      LOG.info(
          Checks.format(
              "learning rates are %s times as large from here on, %s times as large as scheduled:"
                  + " %s (optimizer.plateau-patience)",
              rules.plateauFactor(), seen.rateFactor(), noBetter(rules.plateauPatience())));
    }
  }

  private String noBetter(int evaluations) {
    return Checks.format(
        "in %d evaluations no %s better than %.4f, of step %d",
        evaluations, rules.measure().name().toLowerCase(Locale.ROOT), seen.best(), seen.bestStep());
  }
}
