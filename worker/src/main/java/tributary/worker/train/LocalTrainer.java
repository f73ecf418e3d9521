package tributary.worker.train;

import java.io.IOException;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelState;
import tributary.worker.model.ParameterLayout;

/** Takes one replica through its local steps of a round. Executor only. */
public final class LocalTrainer {
  private final TrainingInput input;
  private final ParameterLayout layout;
  private final String host;

  /**
   * A trainer for one run.
   *
   * @param input the examples
   * @param layout names the layer of a parameter that is not finite
   * @param host this machine's name, for reports
   */
  public LocalTrainer(TrainingInput input, ParameterLayout layout, String host) {
    this.input = input;
    this.layout = layout;
    this.host = host;
  }

  /**
   * Trains {@code replica} on its slice of the round, from {@code start}.
   *
   * @param index which replica of the plan it is
   * @throws DivergedException if the loss or a parameter is no longer finite
   * @throws tributary.datasets.DataException if an example is bad
   */
  public RoundResult train(Replica replica, int index, RoundPlan plan, ModelState start)
      throws IOException {
    long[] numbers = input.numbers(plan, index);
    int[] sizes = plan.slice(index).minibatchSizes(plan.settings().minibatchSize());
    Stopwatch reading = new Stopwatch();
    Stopwatch computing = new Stopwatch();
    double lossSum = 0;
    long examples = 0;
    Ledger trained = Ledger.EMPTY;
    double readShare;
    replica.load(start);
    try (MinibatchReader minibatches = input.open(numbers, sizes)) {
      for (int step = 0; step < sizes.length; step++) {
        Minibatch batch = reading.time(minibatches::next);
        StepKey key = key(plan, index, step);
        double loss = computing.time(() -> replica.step(batch, key).loss());
        requireFinite(loss, plan, index, step);
        lossSum += loss * batch.size();
        examples += batch.size();
        trained = trained.plus(input.ledger(batch.numbers()));
      }
      readShare = minibatches.readShare();
    }
    ModelState end = replica.state();
    requireFinite(end, plan, index);
    return new RoundResult(
        new ReplicaReport(
            index,
            host,
            examples,
            sizes.length,
            lossSum,
            trained,
            reading.seconds() * readShare,
            reading.seconds() * (1 - readShare),
            computing.seconds()),
        end);
  }

  private static StepKey key(RoundPlan plan, int replica, int step) {
    return new StepKey(
        plan.optimizerStep(step), plan.position().epoch(), plan.stepSeed(replica, step));
  }

  private static void requireFinite(double loss, RoundPlan plan, int replica, int step) {
    if (!Double.isFinite(loss)) {
      throw new DivergedException(
          Checks.format(
              "Training diverged in round %d: replica %d reported loss %s at its step %d; lower"
                  + " optimizer.learning-rate",
              plan.position().round(), replica, loss, step));
    }
  }

  private void requireFinite(ModelState state, RoundPlan plan, int replica) {
    float[] parameters = state.parameters();
    for (int i = 0; i < parameters.length; i++) {
      if (!Float.isFinite(parameters[i])) {
        throw new DivergedException(
            Checks.format(
                "Training diverged in round %d: replica %d has %s in layer %s (parameter %s); lower"
                    + " optimizer.learning-rate",
                plan.position().round(),
                replica,
                parameters[i],
                layout.at(i).layer(),
                layout.at(i).name()));
      }
    }
    for (float value : state.optimizer()) {
      if (!Float.isFinite(value)) {
        throw new DivergedException(
            Checks.format(
                "Training diverged in round %d: replica %d has %s in its optimizer state; lower"
                    + " optimizer.learning-rate",
                plan.position().round(), replica, value));
      }
    }
  }
}
