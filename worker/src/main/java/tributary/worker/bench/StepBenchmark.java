package tributary.worker.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.StepTimes;
import tributary.worker.engine.torch.MatrixPeak;
import tributary.worker.executor.Engines;
import tributary.worker.model.ModelCost;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;

/**
 * How long a training step takes on each of several engines. They take turns, step by step, so that
 * what else happens on the machine falls on all of them.
 *
 * @param model the network
 * @param batch examples per step, &gt;= 1
 * @param engines what is compared
 * @param warmUp steps of each engine before measuring
 * @param steps measured steps of each engine, &gt;= 1
 */
public record StepBenchmark(
    BenchModel model, int batch, List<EngineSettings> engines, int warmUp, int steps) {
  /** Checks the ranges. */
  public StepBenchmark {
    Checks.argument(batch >= 1, "a minibatch needs >= 1 examples, got %d", batch);
    Checks.argument(warmUp >= 0, "warm-up steps must be >= 0, got %d", warmUp);
    Checks.argument(steps >= 1, "steps must be >= 1, got %d", steps);
    engines = List.copyOf(engines);
  }

  /**
   * What was measured.
   *
   * @param parameters length of the parameter vector
   * @param flopsPerStep multiplications and additions of a step: three times those of a forward
   *     pass, as each product has two in the backward pass
   * @param results one for each engine
   */
  public record Report(long parameters, double flopsPerStep, List<Result> results) {}

  /**
   * One engine's part.
   *
   * @param engine the engine
   * @param forward milliseconds of a step's forward pass
   * @param backward milliseconds of a step's backward pass
   * @param update milliseconds of a step's update
   * @param step milliseconds of a whole step
   * @param peakGflops billions of multiplications and additions a second that a product of large
   *     matrices reaches on the same device with as many threads in the same precision
   */
  public record Result(
      EngineSettings engine,
      Spread forward,
      Spread backward,
      Spread update,
      Spread step,
      double peakGflops) {}

  /** Measures. */
  public Report run() {
    Minibatch minibatch = model.minibatch(batch);
    ModelState start = Network.initialState(model.configuration());
    List<Replica> replicas = new ArrayList<>();
    try {
      for (EngineSettings engine : engines) {
        replicas.add(Engines.replica(engine, model.configuration()));
      }
      List<List<StepTimes>> times = measure(replicas, start, minibatch);
      List<Result> results = new ArrayList<>();
      for (int i = 0; i < engines.size(); i++) {
        results.add(result(engines.get(i), times.get(i)));
      }
      double flops = 3 * ModelCost.of(model.configuration(), minibatch.shape()).flops();
      return new Report(start.parameters().length, flops, results);
    } finally {
      replicas.forEach(Replica::close);
    }
  }

  private List<List<StepTimes>> measure(
      List<Replica> replicas, ModelState start, Minibatch minibatch) {
    List<List<StepTimes>> times = new ArrayList<>();
    for (Replica replica : replicas) {
      replica.load(start);
      times.add(new ArrayList<>());
    }
    for (int step = 0; step < warmUp + steps; step++) {
      for (int i = 0; i < replicas.size(); i++) {
        StepTimes taken = replicas.get(i).step(minibatch, new StepKey(step, 0, 1 + step)).times();
        if (step >= warmUp) {
          times.get(i).add(taken);
        }
      }
    }
    return times;
  }

  private static Result result(EngineSettings engine, List<StepTimes> times) {
    return new Result(
        engine,
        millis(times, StepTimes::forwardNanos),
        millis(times, StepTimes::backwardNanos),
        millis(times, StepTimes::updateNanos),
        millis(times, StepTimes::totalNanos),
        MatrixPeak.gflops(engine));
  }

  private static Spread millis(List<StepTimes> times, ToDoubleFunction<StepTimes> part) {
    return Spread.of(times.stream().mapToDouble(part).map(nanos -> nanos / 1e6).toArray());
  }
}
