package tributary.worker.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.minibatch.Origin;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Images;
import tributary.datasets.testing.BrokenImages;
import tributary.datasets.testing.FashionMnist;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.executor.Engines;
import tributary.worker.features.FeatureSettings.Norm;
import tributary.worker.features.FeatureSettings.Pooling;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.Nd4jRuntime;
import tributary.worker.model.Network;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.TinyNets;
import tributary.worker.model.Zoo;
import tributary.worker.train.InputSettings;
import tributary.worker.train.Places;
import tributary.worker.train.TrainingInput;

@ExtendWith(FashionMnist.class)
class FeatureExtractorTest {
  private static final Set<Long> BAD = Set.of(0L, 33L, 34L, 69L);
  private static final int EXAMPLES = 70;

  @TempDir static Path folder;

  @BeforeAll
  static void breakSome() {
    Nd4jRuntime.load(); // before DL4J does, in its own way
    BrokenImages.copy(shards(), folder.resolve("broken"), Map.of("train", BAD));
  }

  @Test
  void vectorsAreTheLayersActivationsOfEachExampleInEvaluation() throws IOException {
    ModelConfiguration model = TinyNets.noisyStack();
    try (Dataset dataset = open(shards());
        Replica replica = loaded(EngineSettings.Type.TORCH, model);
        MinibatchReader reader = input(dataset).open(LongStream.range(0, 5).toArray(), FIVE)) {
      List<FeatureRow> rows = rows(dataset, replica, settings("layer0", "layer3"), Places.of(0, 5));
      var expected = replica.forward(reader.next(), List.of("layer0", "layer3"));
      for (int i = 0; i < 5; i++) {
        FeatureRow row = rows.get(i);
        assertThat(row.vectors().get(0))
            .containsExactly(part(expected.get(0).values(), i, 5), within(1e-6f));
        assertThat(row.vectors().get(1))
            .containsExactly(part(expected.get(1).values(), i, 5), within(1e-6f));
      }
      assertThat(rows.get(0).vectors().get(0)).as("4 channels of 12x12").hasSize(576);
      assertThat(rows.get(4).origin())
          .isEqualTo(
              new Origin(4, "0000004", rows.get(4).origin().label(), new Images.Size(28, 28)));
      assertThat(rows).extracting(FeatureRow::error).containsOnlyNulls();
    }
  }

  @Test
  void theInputIsWhatTheNetworkReads() throws IOException {
    try (Dataset dataset = open(shards());
        Replica replica = loaded(EngineSettings.Type.TORCH, TinyNets.stack());
        MinibatchReader reader = input(dataset).open(LongStream.range(0, 5).toArray(), FIVE)) {
      List<FeatureRow> both = rows(dataset, replica, settings("input", "layer0"), Places.of(0, 5));
      List<FeatureRow> alone = rows(dataset, replica, settings("input"), Places.of(0, 5));
      float[] pixels = reader.next().features();
      for (int i = 0; i < 5; i++) {
        assertThat(both.get(i).vectors().get(0)).containsExactly(part(pixels, i, 5));
        assertThat(both.get(i).vectors().get(1)).hasSize(16);
        assertThat(alone.get(i).vectors().get(0)).containsExactly(part(pixels, i, 5));
      }
    }
  }

  @Test
  void bothEnginesComeToTheSameVectorsOfEveryLayer() throws IOException {
    for (ModelConfiguration model :
        List.of(TinyNets.stack(), TinyNets.noisyStack(), TinyNets.graph(), lenet())) {
      List<String> layers;
      try (Network network = Network.build(model)) {
        layers = network.layers().stream().map(Network.LayerSummary::name).toList();
      }
      FeatureSettings settings = settings(layers.toArray(String[]::new));
      try (Dataset dataset = open(shards());
          Replica torch = loaded(EngineSettings.Type.TORCH, model);
          Replica nd4j = loaded(EngineSettings.Type.ND4J, model)) {
        List<FeatureRow> expected = rows(dataset, nd4j, settings, Places.of(0, 40));
        List<FeatureRow> found = rows(dataset, torch, settings, Places.of(0, 40));
        for (int i = 0; i < found.size(); i++) {
          for (int layer = 0; layer < layers.size(); layer++) {
            assertThat(found.get(i).vectors().get(layer))
                .as("layer %s of example %d", layers.get(layer), i)
                .containsExactly(expected.get(i).vectors().get(layer), within(1e-5f));
          }
        }
      }
    }
  }

  @Test
  void anExampleHasTheSameBitsWhateverElseIsAskedForOrBad() throws IOException {
    for (EngineSettings.Type engine : EngineSettings.Type.values()) {
      try (Dataset dataset = open(shards());
          Dataset broken = open(folder.resolve("broken"));
          Replica replica = loaded(engine, lenet())) {
        FeatureSettings settings = settings("fc1");
        List<FeatureRow> all = rows(dataset, replica, settings, Places.of(0, EXAMPLES));
        for (int few : new int[] {1, 2, 31, 32, 33, 65}) {
          requireSame(rows(dataset, replica, settings, Places.of(0, few)), all.subList(0, few));
        }
        List<FeatureRow> good = new ArrayList<>(all);
        good.removeIf(row -> BAD.contains(row.origin().number()));
        List<FeatureRow> ofBroken = rows(broken, replica, settings, Places.of(0, EXAMPLES));
        ofBroken.removeIf(row -> row.error() != null);
        requireSame(ofBroken, good);
      }
    }
  }

  @Test
  void badExamplesAreRowsWithoutVectorsInTheirPlaces() throws IOException {
    try (Dataset dataset = open(folder.resolve("broken"));
        Replica replica = loaded(EngineSettings.Type.TORCH, TinyNets.stack())) {
      List<FeatureRow> rows = new ArrayList<>();
      List<BadExample> bad =
          new FeatureExtractor(input(dataset), settings("layer0"))
              .extract(replica, Places.of(0, EXAMPLES), rows::add);

      assertThat(bad).extracting(BadExample::number).containsExactly(0L, 33L, 34L, 69L);
      assertThat(rows).hasSize(EXAMPLES);
      for (int i = 0; i < EXAMPLES; i++) {
        FeatureRow row = rows.get(i);
        assertThat(row.origin().number()).isEqualTo(i);
        assertThat(row.vectors()).hasSize(BAD.contains((long) i) ? 0 : 1);
        assertThat(row.error() != null).isEqualTo(BAD.contains((long) i));
      }
      assertThat(rows.get(34).error()).isEqualTo(bad.get(2).reason()).contains("empty file");
      assertThat(rows.get(34).origin().size()).isNull();
    }
  }

  private static final int[] FIVE = {5};

  private static void requireSame(List<FeatureRow> found, List<FeatureRow> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).vectors().get(0))
          .as("example %d", expected.get(i).origin().number())
          .containsExactly(expected.get(i).vectors().get(0));
    }
  }

  private static List<FeatureRow> rows(
      Dataset dataset, Replica replica, FeatureSettings settings, Places places)
      throws IOException {
    List<FeatureRow> rows = new ArrayList<>();
    new FeatureExtractor(input(dataset), settings).extract(replica, places, rows::add);
    return rows;
  }

  private static FeatureSettings settings(String... layers) {
    return new FeatureSettings(List.of(layers), Pooling.NONE, Norm.NONE);
  }

  private static Replica loaded(EngineSettings.Type engine, ModelConfiguration model) {
    Replica replica = Engines.replica(new EngineSettings(engine, 1), model);
    replica.load(Network.initialState(model));
    return replica;
  }

  private static ModelConfiguration lenet() {
    return Zoo.configuration(
        "lenet",
        new ModelOptions(
            new ModelInput.Images(new ImageShape(1, 28, 28)),
            10,
            1,
            new OptimizerSettings(OptimizerSettings.Type.SGD, 0.1, 0, 0)));
  }

  private static TrainingInput input(Dataset dataset) throws IOException {
    return TrainingInput.of(
        dataset,
        new InputSettings(
            InputSettings.Source.of(dataset, "train"),
            new InputSettings.Order(16, 8),
            InputSettings.Pixels.unchanged(dataset),
            new InputSettings.Reading(2, 1, /* cache= */ null),
            OnBadExample.SKIP));
  }

  private static Path shards() {
    return FashionMnist.shards(EXAMPLES, 10, 50);
  }

  private static Dataset open(Path data) throws IOException {
    return Dataset.open(data.toUri().toString(), new Configuration());
  }

  private static float[] part(float[] values, int part, int parts) {
    int length = values.length / parts;
    return java.util.Arrays.copyOfRange(values, part * length, (part + 1) * length);
  }
}
