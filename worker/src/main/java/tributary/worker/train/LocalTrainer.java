package tributary.worker.train;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.shard.BadExample;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelState;
import tributary.worker.model.ParameterLayout;

/** Takes one replica through its local steps of a round. Executor only. */
public final class LocalTrainer {
  private final TrainingInput input;
  private final ParameterLayout layout;
  private final String host;
  private final LongSupplier nanoTime;

  /**
   * A trainer for one run.
   *
   * @param input the examples
   * @param layout names the layer of a parameter that is not finite
   * @param host this machine's name, for reports
   */
  public LocalTrainer(TrainingInput input, ParameterLayout layout, String host) {
    this(input, layout, host, System::nanoTime);
  }

  /**
   * The same with a clock of its own for deadlines.
   *
   * @param nanoTime nanoseconds since any moment, never going back
   */
  public LocalTrainer(
      TrainingInput input, ParameterLayout layout, String host, LongSupplier nanoTime) {
    this.input = input;
    this.layout = layout;
    this.host = host;
    this.nanoTime = nanoTime;
  }

  /**
   * Trains {@code replica} on its share of the round, from {@code start}, or on the part of it that
   * it gets to before the deadline. A replica that leaves the finite numbers stops there; its
   * report says so, and it has no state. A minibatch without a usable example, or a label that
   * counts, leaves it as it was, but counts as a step, so that every other keeps its number.
   *
   * @param index which replica of the plan it is
   * @param watch is told of each step before it begins
   * @throws tributary.datasets.DataException if an example is bad, and none may be left out
   */
  public RoundResult train(
      Replica replica, int index, RoundPlan plan, ModelState start, StepWatch watch)
      throws IOException {
    long began = nanoTime.getAsLong();
    long[] numbers = input.numbers(plan, index);
    int[] sizes = plan.share(index).minibatchSizes(plan.settings().minibatchSize());
    Stopwatch reading = new Stopwatch();
    Stopwatch computing = new Stopwatch();
    double lossSum = 0;
    int examples = 0;
    long labels = 0;
    int steps = 0;
    int done = 0;
    List<BadExample> bad;
    Ledger trained = Ledger.EMPTY;
    Optional<String> fault = Optional.empty();
    double readShare;
    replica.load(start);
    try (MinibatchReader minibatches = input.open(plan, numbers, sizes)) {
      while (steps < sizes.length && fault.isEmpty() && !(steps > 0 && isLate(plan, began))) {
        watch.begins(describe(steps, sizes, numbers, done));
        Minibatch batch = reading.time(minibatches::next);
        watch.begins(describe(steps, sizes, numbers, done)); // all keys are known by now
        if (batch.countedLabels() > 0) {
          StepKey key = key(plan, index, steps);
          double loss = computing.time(() -> replica.step(batch, key).loss());
          fault = faultOf(loss, steps);
          lossSum += loss * batch.size();
          labels += batch.countedLabels();
        }
        examples += batch.size();
        trained = trained.plus(input.ledger(plan, batch.numbers()));
        done += sizes[steps];
        steps++;
      }
      bad = minibatches.leftOut();
      readShare = minibatches.readShare();
    }
    ReplicaReport report =
        new ReplicaReport(
                index,
                host,
                examples,
                steps,
                labels,
                lossSum,
                trained,
                reading.seconds() * readShare,
                reading.seconds() * (1 - readShare),
                computing.seconds())
            .leavingOut(bad);
    ModelState end = replica.state();
    fault = fault.or(() -> faultOf(end));
    return fault.isEmpty()
        ? new RoundResult(report.leaving(numbers.length - done), end)
        : new RoundResult(
            report.without(new Skipped(fault.get(), usable(plan, numbers, bad))), null);
  }

  private Ledger usable(RoundPlan plan, long[] numbers, List<BadExample> bad) throws IOException {
    return input
        .ledger(plan, numbers)
        .minus(input.ledger(plan, bad.stream().mapToLong(BadExample::number).toArray()));
  }

  private boolean isLate(RoundPlan plan, long began) {
    LocalSteps localSteps = plan.settings().localSteps();
    return localSteps.hasDeadline()
        && nanoTime.getAsLong() - began >= localSteps.deadline().toNanos();
  }

  private String describe(int step, int[] sizes, long[] numbers, int from) throws IOException {
    return Checks.format(
        "step %d of %d, %s",
        step, sizes.length, input.describe(Arrays.copyOfRange(numbers, from, from + sizes[step])));
  }

  private static StepKey key(RoundPlan plan, int replica, int step) {
    return new StepKey(
        plan.optimizerStep(step),
        plan.position().epoch(),
        plan.stepSeed(replica, step),
        plan.rules(step));
  }

  private static Optional<String> faultOf(double loss, int step) {
    return Double.isFinite(loss)
        ? Optional.empty()
        : Optional.of(Checks.format("reported loss %s at its step %d", loss, step));
  }

  private Optional<String> faultOf(ModelState state) {
    float[] parameters = state.parameters();
    for (int i = 0; i < parameters.length; i++) {
      if (!Float.isFinite(parameters[i])) {
        return Optional.of(
            Checks.format(
                "has %s in layer %s (parameter %s)",
                parameters[i], layout.at(i).layer(), layout.at(i).name()));
      }
    }
    for (float value : state.optimizer()) {
      if (!Float.isFinite(value)) {
        return Optional.of(Checks.format("has %s in its optimizer state", value));
      }
    }
    return Optional.empty();
  }
}
