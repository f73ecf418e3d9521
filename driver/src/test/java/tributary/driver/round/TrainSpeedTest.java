package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.testing.FashionMnist;
import tributary.worker.engine.EngineSettings;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Zoo;
import tributary.worker.train.InputSettings;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;

/** What rounds, tasks and reading cost beside the steps themselves. */
@Tag("bench")
@ExtendWith(FashionMnist.class)
class TrainSpeedTest {
  private static final int TRAIN = 38_400;
  private static final int MINIBATCH = 64;
  private static final int TRIALS = 5;

  @Test
  void trainsOnTwoSlotsAlmostAsFastAsTwoLoopsSideBySide() throws Exception {
    ModelConfiguration model =
        Zoo.configuration(
            "lenet",
            new ModelOptions(
                new ModelInput.Images(new ImageShape(1, 28, 28)),
                10,
                1,
                new OptimizerSettings(OptimizerSettings.Type.ADAM, 1e-3, 0, 0)));
    ModelState start = Network.initialState(model);
    double[] bare = new double[TRIALS];
    double[] train = new double[TRIALS];
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      SparkReplicas replicas =
          new SparkReplicas(spark, setup(model, FashionMnist.shards(TRAIN, 50, 10_000)));
      epochs(replicas, start, 1);
      for (int trial = 0; trial < TRIALS; trial++) {
        train[trial] = epochs(replicas, start, 1);
        bare[trial] = twoLoops();
      }
    }
    System.out.println(
        Checks.format(
            "LeNet, minibatch %d: two bare loops %.0f images/s (%s), train on local[2] %.0f (%s),"
                + " %.0f %%",
            MINIBATCH,
            median(bare),
            Arrays.toString(bare),
            median(train),
            Arrays.toString(train),
            100 * median(train) / median(bare)));
    assertThat(median(train) / median(bare)).isGreaterThan(0.85);
  }

  /** Images a second of one round an epoch. */
  private static double epochs(SparkReplicas replicas, ModelState start, int epochs)
      throws Exception {
    int steps = TRAIN / MINIBATCH / 2;
    RoundPlan plan =
        new RoundPlan(new RoundSettings(2, steps, MINIBATCH, epochs, TRAIN, 3), Position.START);
    long began = System.nanoTime();
    new RoundLoop(replicas, OuterStep.AVERAGE, List.of()).run(plan, RunState.of(start));
    return epochs * TRAIN * 1e9 / (System.nanoTime() - began);
  }

  private static double twoLoops() throws Exception {
    int steps = 150;
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Callable<Object>> loops = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        loops.add(Executors.callable(new BareLeNet(MINIBATCH, steps)));
      }
      long began = System.nanoTime();
      for (Future<Object> loop : threads.invokeAll(loops, 120, TimeUnit.SECONDS)) {
        loop.get();
      }
      return 2.0 * steps * MINIBATCH * 1e9 / (System.nanoTime() - began);
    } finally {
      threads.shutdownNow();
    }
  }

  private static ReplicaSetup setup(ModelConfiguration model, Path folder) throws Exception {
    try (Dataset dataset = Dataset.open(folder.toString(), new Configuration())) {
      return new ReplicaSetup(
          model,
          new EngineSettings(EngineSettings.Type.TORCH, 1),
          new InputSettings(
              InputSettings.Source.of(dataset, "train"),
              new InputSettings.Order(32, 256),
              InputSettings.Pixels.unchanged(dataset),
              new InputSettings.Reading(4, 1, /* cache= */ null),
              OnBadExample.FAIL));
    }
  }

  private static double median(double[] values) {
    return Arrays.stream(values).sorted().toArray()[values.length / 2];
  }
}
