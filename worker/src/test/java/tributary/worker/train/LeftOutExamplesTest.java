package tributary.worker.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.augment.Crop;
import tributary.datasets.augment.Erasing;
import tributary.datasets.augment.Flip;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.ChannelStatistics;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.testing.BrokenImages;
import tributary.datasets.testing.FashionMnist;
import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.torch.TorchEngine;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.TinyNets;

/** A round of six minibatches of eight: some are shorter, and in the third no image is whole. */
@ExtendWith(FashionMnist.class)
@Timeout(120)
class LeftOutExamplesTest {
  private static final int SIZE = 8;
  private static final int STEPS = 6;
  private static final Engine ENGINE =
      new TorchEngine(new EngineSettings(EngineSettings.Type.TORCH, /* threads= */ 1));
  private static final ModelConfiguration MODEL = TinyNets.noisyStack();
  private static final RoundPlan PLAN =
      new RoundPlan(new RoundSettings(1, STEPS, SIZE, 2, 600, 9), Position.START);
  private static final ImagePipeline TRAINING =
      new ImagePipeline(
          new ImageShape(1, 28, 28),
          new Crop.RandomPlace(0, 3),
          Flip.HORIZONTAL,
          List.of(),
          new Erasing(0.3));

  private static final Set<Long> BROKEN_IN_TEST = Set.of(0L, 1L, 2L, 3L, 17L, 49L);

  @TempDir static Path folder;

  private static Dataset whole;
  private static Dataset spoilt;
  private static long[] numbers;
  private static final Set<Long> BROKEN = new TreeSet<>();

  @BeforeAll
  static void spoil() throws IOException {
    Path shards = FashionMnist.shards(600, 50, 170);
    whole = Dataset.open(shards.toUri().toString(), new Configuration());
    numbers = input(whole, "train", OnBadExample.FAIL).numbers(PLAN, 0);
    for (int place : new int[] {0, 5, 16, 17, 18, 19, 20, 21, 22, 23, 30, 47}) {
      BROKEN.add(numbers[place]);
    }
    BrokenImages.copy(shards, folder, Map.of("train", BROKEN, "test", BROKEN_IN_TEST));
    spoilt = Dataset.open(folder.toUri().toString(), new Configuration());
  }

  @AfterAll
  static void close() throws IOException {
    whole.close();
    spoilt.close();
  }

  @Test
  void comesToTheBitsOfALoopOverWhatIsLeftOfTheSameMinibatches() throws IOException {
    try (Replica replica = ENGINE.replica(MODEL)) {
      ModelState ours = train(replica, MODEL, PLAN).state();
      ModelState expected = stepByStep(replica);
      assertThat(ours.parameters()).containsExactly(expected.parameters());
      assertThat(ours.optimizer()).containsExactly(expected.optimizer());
      assertThat(ours.parameters()).isNotEqualTo(Network.initialState(MODEL).parameters());
    }
  }

  /** Each minibatch of the round by itself, from images that are all whole. */
  private static ModelState stepByStep(Replica replica) throws IOException {
    TrainingInput input = input(whole, "train", OnBadExample.FAIL);
    replica.load(Network.initialState(MODEL));
    for (int step = 0; step < STEPS; step++) {
      long[] left =
          Arrays.stream(numbers, step * SIZE, (step + 1) * SIZE)
              .filter(number -> !BROKEN.contains(number))
              .toArray();
      if (left.length > 0) {
        try (MinibatchReader reader = input.open(PLAN, left, new int[] {left.length})) {
          replica.step(
              reader.next(), new StepKey(PLAN.optimizerStep(step), 0, PLAN.stepSeed(0, step)));
        }
      }
    }
    return replica.state();
  }

  @Test
  void tellsWhatItTrainedWhatWasBadAndThatEveryMinibatchIsDone() throws IOException {
    try (Replica replica = ENGINE.replica(MODEL)) {
      ReplicaReport report = train(replica, MODEL, PLAN).report();
      assertThat(report.examples()).isEqualTo(STEPS * SIZE - BROKEN.size());
      assertThat(report.steps()).isEqualTo(STEPS);
      assertThat(report.leftOver()).isZero();
      assertThat(report.trained()).isEqualTo(ledger(numbers).minus(ledger(broken())));
      assertThat(report.bad())
          .extracting(BadExample::number)
          .containsExactlyInAnyOrderElementsOf(BROKEN);
      assertThat(PLAN.next(List.of(report))).isEqualTo(PLAN.next());
    }
  }

  @Test
  void aShareWithoutAnyUsableExampleLeavesTheStateAsItWas() throws IOException {
    Path all = folder.resolve("all");
    Set<Long> share = new TreeSet<>();
    Arrays.stream(numbers).forEach(share::add);
    BrokenImages.copy(FashionMnist.shards(600, 50, 170), all, Map.of("train", share));
    try (Dataset dataset = Dataset.open(all.toUri().toString(), new Configuration());
        Replica replica = ENGINE.replica(MODEL)) {
      ModelState start = Network.initialState(MODEL);
      RoundResult result =
          new LocalTrainer(
                  input(dataset, "train", OnBadExample.SKIP), Network.layoutOf(MODEL), "here")
              .train(replica, 0, PLAN, start, StepWatch.NONE);
      assertThat(result.state().parameters()).containsExactly(start.parameters());
      assertThat(result.state().optimizer()).containsExactly(start.optimizer());
      assertThat(result.report().examples()).isZero();
      assertThat(result.report().bad()).hasSize(STEPS * SIZE);
    }
  }

  @Test
  void aDeadlineLeavesOverPlacesOfTheOrderBadOrNot() throws IOException {
    RoundPlan late =
        new RoundPlan(
            PLAN.settings().with(new LocalSteps(STEPS, 0, Duration.ofSeconds(4))), Position.START);
    AtomicLong seconds = new AtomicLong();
    try (Replica replica = ENGINE.replica(MODEL)) {
      ReplicaReport report =
          new LocalTrainer(
                  input(spoilt, "train", OnBadExample.SKIP),
                  Network.layoutOf(MODEL),
                  "here",
                  () -> seconds.getAndIncrement() * 1_000_000_000)
              .train(replica, 0, late, Network.initialState(MODEL), StepWatch.NONE)
              .report();
      assertThat(report.steps()).isEqualTo(4);
      assertThat(report.leftOver()).isEqualTo(2 * SIZE);
      assertThat(report.examples() + report.bad().size()).isEqualTo(4 * SIZE);
    }
  }

  @Test
  void whatAReplicaLosesThatDivergesAreTheUsableExamples() throws IOException {
    ModelConfiguration explodes = TinyNets.stack(new Sgd(3e38));
    try (Replica replica = ENGINE.replica(explodes)) {
      ReplicaReport report = train(replica, explodes, PLAN).report();
      assertThat(report.isSkipped()).isTrue();
      long[] bad = report.bad().stream().mapToLong(BadExample::number).toArray();
      assertThat(bad).isNotEmpty();
      assertThat(report.skipped().examples().plus(ledger(bad))).isEqualTo(ledger(numbers));
    }
  }

  @Test
  void evaluationMeasuresTheOthers() throws IOException {
    try (Replica replica = ENGINE.replica(MODEL)) {
      ModelState state = train(replica, MODEL, PLAN).state();
      replica.load(state);
      Evaluation found =
          new Evaluator(input(spoilt, "test", OnBadExample.SKIP))
              .evaluate(replica, Places.of(0, 50), 4);
      List<Places.Range> good = new ArrayList<>();
      for (long number = 0; number < 50; number++) {
        if (!BROKEN_IN_TEST.contains(number)) {
          good.add(new Places.Range(number, 1));
        }
      }
      Evaluation expected =
          new Evaluator(input(whole, "test", OnBadExample.FAIL))
              .evaluate(replica, new Places(good), 4);
      assertThat(found.labels()).isEqualTo(44);
      assertThat(found.confusion()).isDeepEqualTo(expected.confusion());
      assertThat(found.lossSum()).isCloseTo(expected.lossSum(), within(1e-4));
      assertThat(found.leftOut())
          .extracting(BadExample::number)
          .containsExactly(0L, 1L, 2L, 3L, 17L, 49L);
    }
  }

  private static RoundResult train(Replica replica, ModelConfiguration model, RoundPlan plan)
      throws IOException {
    return new LocalTrainer(
            input(spoilt, "train", OnBadExample.SKIP), Network.layoutOf(model), "here")
        .train(replica, 0, plan, Network.initialState(model), StepWatch.NONE);
  }

  private static long[] broken() {
    return BROKEN.stream().mapToLong(Long::longValue).toArray();
  }

  private static Ledger ledger(long[] some) throws IOException {
    return input(whole, "train", OnBadExample.FAIL).ledger(PLAN, some);
  }

  private static TrainingInput input(Dataset dataset, String split, OnBadExample onBadExample)
      throws IOException {
    ChannelStatistics statistics = dataset.manifest().images().statistics();
    return TrainingInput.of(
        dataset,
        new InputSettings(
            InputSettings.Source.of(dataset, split),
            new InputSettings.Order(16, 8),
            split.equals("train")
                ? new InputSettings.Pixels(TRAINING, statistics, /* meanImage= */ null)
                : InputSettings.Pixels.unchanged(dataset),
            new InputSettings.Reading(2, 2, /* cache= */ null),
            onBadExample));
  }
}
