package tributary.driver.round;

import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.driver.conf.NonFinitePolicy;
import tributary.worker.model.ModelState;
import tributary.worker.train.DivergedException;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;

/**
 * Leads from a round's outcome to the next state, and lets no value into it that is not finite.
 * What it decides follows from the reports and the state of the run alone, so that it is the same
 * in every run, resumed or not. Driver only.
 */
public final class RoundGuard {
  private static final Logger LOG = LoggerFactory.getLogger(RoundGuard.class);

  /** A run that does not get beyond so many dropped rounds never will: it starts where it was. */
  private static final int ROLLBACKS_IN_A_ROW = 3;

  private final OuterStep outer;
  private final NonFinitePolicy policy;
  private final int skipAtMost;

  /**
   * A guard.
   *
   * @param outer what a round's average leads to
   * @param skipAtMost replicas that a round may go on without, of {@code SKIP_REPLICA} alone
   */
  public RoundGuard(OuterStep outer, NonFinitePolicy policy, int skipAtMost) {
    this.outer = outer;
    this.policy = policy;
    this.skipAtMost = skipAtMost;
  }

  /** A guard that ends the run. */
  static RoundGuard failing(OuterStep outer) {
    return new RoundGuard(outer, NonFinitePolicy.FAIL, /* skipAtMost= */ 0);
  }

  /** What a round leads to: the outcome as it counts, and the next state. */
  record Step(RoundOutcome outcome, RunState state) {}

  /**
   * Judges a round and takes the outer step.
   *
   * @param start the state before the round
   * @throws DivergedException if the policy has no way out
   */
  Step next(RoundPlan plan, RoundOutcome outcome, RunState start) {
    int round = plan.position().round();
    try {
      requireEnough(round, outcome);
      if (outcome.examples() == 0 && !outcome.bad().isEmpty()) {
        return new Step(outcome, start); // no momentum goes on alone
      }
      RunState next = outer.next(round, start, outcome.average()).withResidual(outcome.residual());
      requireFinite(round, next);
      return new Step(outcome, next);
    } catch (DivergedException e) {
      if (policy != NonFinitePolicy.ROLLBACK) {
        throw e;
      }
      return rolledBack(plan, outcome, start, e);
    }
  }

  private Step rolledBack(
      RoundPlan plan, RoundOutcome outcome, RunState start, DivergedException cause) {
    if (start.droppedRounds() >= ROLLBACKS_IN_A_ROW) {
      throw new DivergedException(
          Checks.format(
              "%s; the %d rounds before it were dropped",
              cause.getMessage(), start.droppedRounds()));
    }
    RoundOutcome dropped = outcome.dropped("was dropped with its round", start);
    LOG.warn(
        "{}; the round is dropped, and its {} examples are lost to epoch {}"
            + " (training.non-finite: rollback)",
        cause.getMessage(),
        dropped.skippedExamples(),
        plan.position().epoch());
    return new Step(dropped, start.afterDroppedRound());
  }

  private void requireEnough(int round, RoundOutcome outcome) {
    List<ReplicaReport> skipped = outcome.skipped();
    if (skipped.isEmpty()) {
      return;
    }
    boolean mayGoOn = policy == NonFinitePolicy.SKIP_REPLICA && skipped.size() <= skipAtMost;
    if (!mayGoOn || outcome.examples() == 0) {
      throw new DivergedException(explain(round, skipped));
    }
    for (ReplicaReport report : skipped) {
      LOG.warn(
          "Round {} goes on without {}: {} examples are lost (training.non-finite: skip-replica)",
          round,
          told(report),
          report.skipped().examples().examples());
    }
  }

  private String explain(int round, List<ReplicaReport> skipped) {
    String others =
        policy == NonFinitePolicy.SKIP_REPLICA
            ? Checks.format(
                "; %d replicas left the finite numbers, training.skip-replicas-at-most is %d, and"
                    + " one must be left",
                skipped.size(), skipAtMost)
            : "";
    return Checks.format(
        "Training diverged in round %d: %s%s; lower optimizer.learning-rate",
        round, told(skipped.get(0)), others);
  }

  private static String told(ReplicaReport report) {
    return Checks.format(
        "replica %d on %s %s", report.replica(), report.host(), report.skipped().reason());
  }

  /** The residual need not be looked at: it is what rounding has left of the parameters' move. */
  private static void requireFinite(int round, RunState state) {
    ModelState model = state.model();
    requireFinite(round, "parameters", model.parameters());
    requireFinite(round, "optimizer state", model.optimizer());
    requireFinite(round, "outer momentum", state.outerMomentum());
  }

  private static void requireFinite(int round, String what, float[] values) {
    IntStream.range(0, values.length)
        .parallel()
        .filter(i -> !Float.isFinite(values[i]))
        .findFirst()
        .ifPresent(
            i -> {
              throw new DivergedException(
                  Checks.format(
                      "Training diverged in round %d: the round leads to %s at place %d of the %s;"
                          + " lower optimizer.learning-rate",
                      round, values[i], i, what));
            });
  }
}
