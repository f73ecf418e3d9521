package tributary.worker.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.augment.Crop;
import tributary.datasets.augment.Erasing;
import tributary.datasets.augment.Flip;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.Mixing;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.testing.FashionMnist;
import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.nd4j.Nd4jEngine;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.TinyNets;

@ExtendWith(FashionMnist.class)
@Timeout(120)
class AugmentedTrainingTest {
  private static final Engine ENGINE =
      new Nd4jEngine(new EngineSettings(EngineSettings.Type.ND4J, /* threads= */ 1));
  private static final ImageShape SHAPE = new ImageShape(1, 28, 28);
  private static final ModelConfiguration MODEL = TinyNets.stack(new Sgd(0.1));
  private static final ImagePipeline TRAINING =
      new ImagePipeline(
          SHAPE,
          new Crop.RandomPlace(0, 3),
          Flip.HORIZONTAL,
          List.of(),
          new Erasing(0.3),
          new Mixing(0.4, 0.1));

  private Dataset dataset;

  @BeforeEach
  void open() throws IOException {
    Path shards = FashionMnist.shards(600, 50, 170);
    dataset = Dataset.open(shards.toUri().toString(), new Configuration());
  }

  @AfterEach
  void close() throws IOException {
    dataset.close();
  }

  @Test
  void aRoundDoneTwiceComesToTheSameBitsByAnyNumberOfThreads() throws IOException {
    float[] once = train(TRAINING, 1, plan(9));
    assertThat(train(TRAINING, 1, plan(9))).containsExactly(once);
    assertThat(train(TRAINING, 3, plan(9))).containsExactly(once);
    assertThat(train(ImagePipeline.unchanged(SHAPE), 1, plan(9)))
        .as("augmentation has an effect")
        .isNotEqualTo(once);
  }

  @Test
  void anotherEpochOrSeedSeesAnExampleInAnotherWay() throws IOException {
    long[] numbers = LongStream.range(0, 32).toArray();
    float[] first = features(plan(9), numbers);
    assertThat(features(plan(9), numbers)).isEqualTo(first);
    assertThat(features(plan(10), numbers)).isNotEqualTo(first);
    RoundPlan later = new RoundPlan(plan(9).settings(), new Position(3, 1, 0, 18, Places.NONE));
    assertThat(features(later, numbers)).isNotEqualTo(first);
  }

  @Test
  void tenLooksVoteWithEqualWeight() throws IOException {
    TrainingInput ten = input("test", ImagePipeline.of(SHAPE, new Crop.Ten(34)), 2);
    try (Replica replica = ENGINE.replica(MODEL);
        MinibatchReader reader = ten.open(Places.of(0, 50), 500)) {
      replica.load(initial());
      Evaluation found = new Evaluator(ten).evaluate(replica, Places.of(0, 50), 25);
      Minibatch all = reader.next();
      float[] looks = replica.forward(all);
      double loss = 0;
      for (int i = 0; i < 50; i++) {
        double truth = 0;
        for (int look = 0; look < 10; look++) {
          truth += looks[(i * 10 + look) * 10 + all.labels()[i * 10]] / 10;
        }
        loss -= Math.log(truth);
      }
      assertThat(found.labels()).isEqualTo(50);
      assertThat(found.lossSum()).isCloseTo(loss, within(1e-3));
    }
  }

  private float[] train(ImagePipeline pipeline, int threads, RoundPlan plan) throws IOException {
    try (Replica replica = ENGINE.replica(MODEL)) {
      return new LocalTrainer(input("train", pipeline, threads), Network.layoutOf(MODEL), "here")
          .train(replica, 0, plan, initial(), StepWatch.NONE)
          .state()
          .parameters();
    }
  }

  private float[] features(RoundPlan plan, long[] numbers) throws IOException {
    try (MinibatchReader reader =
        input("train", TRAINING, 1).open(plan, numbers, new int[] {numbers.length})) {
      return reader.next().features();
    }
  }

  private TrainingInput input(String split, ImagePipeline pipeline, int threads)
      throws IOException {
    return TrainingInput.of(
        dataset,
        new InputSettings(
            InputSettings.Source.of(dataset, split),
            new InputSettings.Order(16, 8),
            new InputSettings.Pixels(
                pipeline, dataset.manifest().images().statistics(), /* meanImage= */ null),
            new InputSettings.Reading(2, threads, /* cache= */ null),
            OnBadExample.FAIL));
  }

  private static RoundPlan plan(long seed) {
    return new RoundPlan(new RoundSettings(1, 6, 32, 2, 600, seed), Position.START);
  }

  private static ModelState initial() {
    return Network.initialState(MODEL);
  }
}
