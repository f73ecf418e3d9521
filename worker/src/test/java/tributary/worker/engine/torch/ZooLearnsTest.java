package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.Normalization;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.testing.FashionMnist;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.ModelVariant;
import tributary.worker.model.ModelVariant.Stem;
import tributary.worker.model.Nd4jRuntime;
import tributary.worker.model.Network;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Zoo;

/** Every network of the zoo learns 64 real examples, narrow as it is here. */
@SuppressWarnings("try") // scopes are held, not used
@ExtendWith(FashionMnist.class)
class ZooLearnsTest {
  private static final int EXAMPLES = 64;
  private static final int CLASSES = 10;
  private static final int STEPS = 20;

  /** Characters of a piece of text. */
  private static final int LENGTH = 24;

  /** More than there are in ASCII. */
  private static final int CHARACTERS = 128;

  static {
    Nd4jRuntime.load(); // before DL4J does, in its own way
  }

  /** Each pixel becomes a square of pixels that wide. */
  @ParameterizedTest
  @CsvSource({
    "mlp, 1, 32",
    "lenet, 1, 0",
    "lstm-rows, 1, 24",
    "alexnet, 3, 12",
    "vgg16, 2, 8",
    "googlenet, 3, 8",
    "squeezenet, 2, 24",
    "resnet18, 1, 4",
    "resnet50, 1, 4"
  })
  void learnsImages(String name, int square, int width) throws IOException {
    assertLearns(name, square, width);
  }

  @Tag("recipes")
  @ParameterizedTest
  @CsvSource({"vgg19, 2, 8", "resnet34, 1, 4", "resnet101, 1, 4", "resnet152, 1, 4"})
  void learnsImagesWithDeeperNetworks(String name, int square, int width) throws IOException {
    assertLearns(name, square, width);
  }

  private static void assertLearns(String name, int square, int width) throws IOException {
    int side = 28 * square;
    ModelConfiguration model =
        model(
            name,
            new ModelInput.Images(new ImageShape(1, side, side)),
            CLASSES,
            name.startsWith("resnet") ? OptionalDouble.empty() : OptionalDouble.of(0),
            width == 0 ? OptionalInt.empty() : OptionalInt.of(width));
    int outputs = name.equals("googlenet") ? 3 : 1;
    assertLossFalls(model, images(square, outputs));
  }

  @Test
  void learnsWhichHalfOfATextAPieceIsFrom() throws IOException {
    int[][] text = pieces();
    INDArray labels = Nd4j.zeros(EXAMPLES, 2);
    for (int i = 0; i < EXAMPLES; i++) {
      labels.putScalar(i, i * 2 / EXAMPLES, 1);
    }
    INDArray mask = Data.lengths(1, EXAMPLES, LENGTH);
    assertLossFalls(
        tokens("lstm-classifier", 2), RecurrentNets.minibatch(features(text), labels, mask, null));
  }

  /** Lower case, upper case, space, or anything else. */
  @Test
  void learnsTheKindOfEachCharacter() throws IOException {
    int[][] text = pieces();
    INDArray labels = Nd4j.zeros(EXAMPLES, 4, LENGTH);
    for (int i = 0; i < EXAMPLES; i++) {
      for (int step = 0; step < LENGTH; step++) {
        labels.putScalar(new int[] {i, kind(text[i][step]), step}, 1);
      }
    }
    INDArray mask = Data.lengths(1, EXAMPLES, LENGTH);
    assertLossFalls(
        tokens("lstm-tagger", 4), RecurrentNets.minibatch(features(text), labels, mask, mask));
  }

  @Test
  void learnsTheNextCharacter() throws IOException {
    int[][] text = pieces();
    INDArray labels = Nd4j.zeros(EXAMPLES, CHARACTERS, LENGTH);
    for (int i = 0; i < EXAMPLES; i++) {
      for (int step = 0; step < LENGTH; step++) {
        labels.putScalar(new int[] {i, text[i][step + 1], step}, 1);
      }
    }
    assertLossFalls(
        tokens("char-lm", CHARACTERS), RecurrentNets.minibatch(features(text), labels, null, null));
  }

  private static void assertLossFalls(ModelConfiguration model, MultiDataSet minibatch) {
    TorchRuntime.load();
    TorchRuntime.setThreads(1);
    try (PointerScope scope = new PointerScope();
        TorchNetwork network = TorchCompiler.compile(model, Parity.DEVICE)) {
      network.load(Network.initialState(model));
      TorchBatch batch = Parity.batch(minibatch);
      double first = network.step(batch, new StepKey(0, 0, 1)).loss();
      double last = first;
      for (int step = 1; step < STEPS; step++) {
        last = network.step(batch, new StepKey(step, 0, 1 + step)).loss();
      }
      assertThat(last).isLessThan(0.8 * first);
    }
  }

  private static ModelConfiguration tokens(String name, int classes) {
    return model(
        name,
        new ModelInput.Tokens(CHARACTERS, LENGTH),
        classes,
        OptionalDouble.of(0),
        OptionalInt.of(32));
  }

  private static ModelConfiguration model(
      String name, ModelInput input, int classes, OptionalDouble dropout, OptionalInt width) {
    return Zoo.configuration(
        name,
        new ModelOptions(
            input,
            classes,
            7,
            new OptimizerSettings(OptimizerSettings.Type.ADAM, 5e-3, 0, 0),
            new ModelVariant(width, OptionalInt.empty(), dropout, Stem.AUTO)));
  }

  private static MultiDataSet images(int square, int outputs) throws IOException {
    Path shards = FashionMnist.shards(600, 50, 170);
    try (Dataset dataset = Dataset.open(shards.toUri().toString(), new Configuration());
        MinibatchReader reader =
            new MinibatchReader(
                dataset,
                "train",
                Normalization.of(dataset.manifest().images().statistics()),
                LongStream.range(0, EXAMPLES).toArray(),
                new int[] {EXAMPLES},
                1)) {
      Minibatch minibatch = reader.next();
      INDArray pixels =
          Nd4j.createFromArray(minibatch.features()).reshape('c', EXAMPLES, 1, 28, 28);
      INDArray labels = Nd4j.zeros(EXAMPLES, CLASSES);
      for (int i = 0; i < EXAMPLES; i++) {
        labels.putScalar(i, minibatch.labels()[i], 1);
      }
      return new MultiDataSet(
          new INDArray[] {square == 1 ? pixels : pixels.repeat(2, square).repeat(3, square)},
          Collections.nCopies(outputs, labels).toArray(INDArray[]::new));
    }
  }

  /** Pieces of the licence from all over it, with one character more for the step after. */
  private static int[][] pieces() throws IOException {
    String text = Files.readString(licence(), StandardCharsets.US_ASCII);
    int[][] pieces = new int[EXAMPLES][];
    for (int i = 0; i < EXAMPLES; i++) {
      int from = i * (text.length() - LENGTH - 1) / EXAMPLES;
      pieces[i] = text.substring(from, from + LENGTH + 1).chars().toArray();
    }
    return pieces;
  }

  private static Path licence() {
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (Files.exists(folder.resolve("LICENSE"))) {
        return folder.resolve("LICENSE");
      }
    }
    throw new AssertionError("No LICENSE in " + Path.of("").toAbsolutePath() + " or above");
  }

  private static INDArray features(int[][] text) {
    INDArray features = Nd4j.zeros(EXAMPLES, 1, LENGTH);
    for (int i = 0; i < EXAMPLES; i++) {
      for (int step = 0; step < LENGTH; step++) {
        features.putScalar(new int[] {i, 0, step}, text[i][step]);
      }
    }
    return features;
  }

  private static int kind(int character) {
    if (Character.isLowerCase(character)) {
      return 0;
    }
    if (Character.isUpperCase(character)) {
      return 1;
    }
    return Character.isWhitespace(character) ? 2 : 3;
  }
}
