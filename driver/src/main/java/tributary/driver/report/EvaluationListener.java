package tributary.driver.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.driver.round.SparkEvaluator;
import tributary.worker.model.ModelState;
import tributary.worker.train.Evaluation;
import tributary.worker.train.RoundPlan;

/** Evaluates the state after every so many epochs, and at the end. */
public final class EvaluationListener implements RoundListener {
  private static final Logger LOG = LoggerFactory.getLogger(EvaluationListener.class);

  private final Evaluator evaluator;
  private final int everyEpochs;
  private final MetricsLog log;
  private final Watch watch;
  private final Scores scores;
  private Evaluation latest;

  /**
   * A listener that measures with {@code evaluator}.
   *
   * @param everyEpochs 0 for the end alone
   * @param quarantine is told of examples that could not be used
   * @param scores in which it is told
   * @param watch is told of every evaluation
   */
  public EvaluationListener(
      SparkEvaluator evaluator,
      int everyEpochs,
      MetricsLog log,
      Quarantine quarantine,
      Watch watch,
      Scores scores) {
    this(
        state -> {
          Evaluation evaluation = evaluator.evaluate(state);
          quarantine.add(evaluation.leftOut());
          return evaluation;
        },
        everyEpochs,
        log,
        watch,
        scores);
  }

  EvaluationListener(
      Evaluator evaluator, int everyEpochs, MetricsLog log, Watch watch, Scores scores) {
    this.scores = scores;
    this.evaluator = evaluator;
    this.everyEpochs = everyEpochs;
    this.log = log;
    this.watch = watch;
  }

  EvaluationListener(Evaluator evaluator, int everyEpochs, MetricsLog log, Scores scores) {
    this(evaluator, everyEpochs, log, Watch.none(), scores);
  }

  /** The evaluation of the state that the run ends with; measured now if no round was run. */
  public Evaluation ofEnd(ModelState state) throws IOException {
    return latest == null ? evaluator.evaluate(state) : latest;
  }

  @Override
  public void roundFinished(RoundPlan plan, RoundOutcome outcome, RunState state)
      throws IOException {
    if (!isDue(plan, outcome.next(plan))) {
      return;
    }
    latest = evaluator.evaluate(state.measured());
    LOG.info(Checks.format("epoch %d: %s", plan.position().epoch() + 1, scores.text(latest)));
    ObjectNode line =
        MetricsLog.line("evaluation", plan.position().round())
            .put("epoch", plan.position().epoch());
    scores.addTo(line, latest);
    watch.add(latest, outcome.next(plan).position().step());
    if (watch.seen().rateFactor() != 1) {
      line.put("rate-factor", watch.seen().rateFactor());
    }
    if (!latest.leftOut().isEmpty()) {
      line.put("bad-examples", latest.leftOut().size());
    }
    log.write(line);
  }

  /** Measures a state. */
  interface Evaluator {
    Evaluation evaluate(ModelState state) throws IOException;
  }

  private boolean isDue(RoundPlan plan, RoundPlan next) {
    int epochs = next.position().epoch();
    boolean endsEpoch = epochs > plan.position().epoch();
    return (everyEpochs > 0 && endsEpoch && epochs % everyEpochs == 0) || next.finished();
  }
}
