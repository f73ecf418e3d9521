package tributary.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.shard.ImageShape;
import tributary.worker.engine.nd4j.Nd4jEngine;
import tributary.worker.engine.torch.TorchEngine;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Zoo;

/** How long a step of LeNet takes on each engine, one thread, interleaved in one run. */
@Tag("bench")
class StepSpeedTest {
  private static final int ROUNDS = 7;
  private static final int STEPS = 10;

  @Test
  void torchStepsFasterThanDl4j() {
    ModelConfiguration model =
        Zoo.configuration(
            "lenet",
            new ModelOptions(
                new ImageShape(1, 28, 28),
                10,
                1,
                new OptimizerSettings(OptimizerSettings.Type.ADAM, 1e-3, 0, 0)));
    ModelState start = Network.initialState(model);
    Map<String, Engine> engines = new LinkedHashMap<>();
    engines.put("nd4j", new Nd4jEngine(new EngineSettings(EngineSettings.Type.ND4J, 1)));
    engines.put("torch", new TorchEngine(new EngineSettings(EngineSettings.Type.TORCH, 1)));
    for (int size : new int[] {32, 64}) {
      Map<String, double[]> millis = new LinkedHashMap<>();
      for (int round = 0; round < ROUNDS; round++) {
        int at = round;
        engines.forEach(
            (name, engine) ->
                millis.computeIfAbsent(name, any -> new double[ROUNDS])[at] =
                    millisPerStep(engine, model, start, minibatch(size)));
      }
      millis.forEach(
          (name, times) ->
              System.out.println(
                  Checks.format(
                      "lenet, minibatch %d, %s: median %.1f ms a step (%.1f..%.1f)",
                      size, name, median(times), min(times), max(times))));
      assertThat(median(millis.get("torch"))).isLessThan(median(millis.get("nd4j")) / 3);
    }
  }

  private static double millisPerStep(
      Engine engine, ModelConfiguration model, ModelState start, Minibatch batch) {
    try (Replica replica = engine.replica(model)) {
      replica.load(start);
      for (int step = 0; step < 2; step++) {
        replica.step(batch, new StepKey(step, 0, 1));
      }
      long began = System.nanoTime();
      for (int step = 0; step < STEPS; step++) {
        replica.step(batch, new StepKey(2 + step, 0, 1));
      }
      return (System.nanoTime() - began) / 1e6 / STEPS;
    }
  }

  private static Minibatch minibatch(int size) {
    SplittableRandom random = Seeds.random(1);
    float[] features = new float[size * 784];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextDouble();
    }
    int[] labels = random.ints(size, 0, 10).toArray();
    return new Minibatch(new long[size], features, new int[] {size, 1, 28, 28}, labels, 10);
  }

  private static double median(double[] values) {
    return Arrays.stream(values).sorted().toArray()[values.length / 2];
  }

  private static double min(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private static double max(double[] values) {
    return Arrays.stream(values).max().orElseThrow();
  }
}
