package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.shard.ImageShape;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.nd4j.Nd4jEngine;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.ModelState;
import tributary.worker.model.ModelVariant;
import tributary.worker.model.ModelVariant.Stem;
import tributary.worker.model.Network;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Zoo;

/**
 * The zoo's networks of images, without dropout, whose noise can't be the same; compared as {@link
 * ZooParityTest} does, for the reasons that it tells. Response normalisation agrees as far as its
 * constants make DL4J's wrong scale of neighbours a small mistake.
 */
class ZooOfImagesTest {
  private static final int CLASSES = 5;

  @ParameterizedTest
  @CsvSource({
    "mlp, 1, 28, 16",
    "lenet, 1, 28, 0",
    "lenet, 3, 32, 0",
    "lstm-rows, 1, 12, 8",
    "lstm-rows, 3, 12, 8",
    "alexnet, 3, 63, 12",
    "vgg16, 3, 32, 4",
    "vgg19, 3, 32, 4",
    "googlenet, 3, 65, 8",
    "squeezenet, 3, 48, 12",
    "resnet18, 3, 32, 4",
    "resnet18, 1, 64, 4",
    "resnet50, 3, 32, 4"
  })
  void trainsNarrowNetworksAsDl4jDoes(String name, int channels, int side, int width) {
    check(name, channels, side, width == 0 ? OptionalInt.empty() : OptionalInt.of(width));
  }

  @Tag("recipes")
  @ParameterizedTest
  @CsvSource({"resnet34, 3, 16, 4", "resnet101, 3, 16, 2", "resnet152, 3, 16, 2"})
  void trainsDeeperNetworksAsDl4jDoes(String name, int channels, int side, int width) {
    check(name, channels, side, OptionalInt.of(width));
  }

  @Tag("recipes")
  @ParameterizedTest
  @ValueSource(strings = {"alexnet", "googlenet", "squeezenet", "resnet18"})
  void trainsNetworksOfPublishedSizeAsDl4jDoes(String name) {
    check(name, 3, 224, OptionalInt.empty());
  }

  /** One label an example is all that a replica gets, and one row an example all that it gives. */
  @Test
  void bothEnginesTeachGoogLeNetsThreeOutputsAndReadTheFirst() {
    ModelConfiguration model = model("googlenet", 1, 65, OptionalInt.of(8));
    float[] pixels = Parity.floats(Data.values(1, 3, 1, 65, 65));
    Minibatch batch =
        new Minibatch(new long[3], pixels, new int[] {3, 1, 65, 65}, new int[] {4, 0, 2}, CLASSES);
    ModelState start = Network.initialState(model);
    try (Replica torch = new TorchEngine(settings(EngineSettings.Type.TORCH)).replica(model);
        Replica nd4j = new Nd4jEngine(settings(EngineSettings.Type.ND4J)).replica(model)) {
      torch.load(start);
      nd4j.load(start);
      assertThat(torch.forward(batch))
          .hasSize(3 * CLASSES)
          .containsExactly(nd4j.forward(batch), within(1e-5f));
      double loss = nd4j.step(batch, new StepKey(0, 0, 1)).loss();
      assertThat(torch.step(batch, new StepKey(0, 0, 1)).loss())
          .isCloseTo(loss, within(1e-4 * loss));
      assertThat(torch.state().parameters())
          .containsExactly(nd4j.state().parameters(), within(1e-6f));
      // the sum of three losses, of which two weigh 0.3, begins near ln 5 times 1.6
      assertThat(loss).isBetween(Math.log(CLASSES), 2.5 * Math.log(CLASSES));
    }
  }

  private static EngineSettings settings(EngineSettings.Type type) {
    return new EngineSettings(type, /* threads= */ 1);
  }

  private static void check(String name, int channels, int side, OptionalInt width) {
    ModelConfiguration model = model(name, channels, side, width);
    Parity.assertTrainAlikeInDoubles(model, step -> minibatch(model, step, channels, side));
    Parity.assertSameActivations(model, minibatch(model, -1, channels, side));
    Parity.assertSameLoss(model, minibatch(model, 0, channels, side), 1e-4);
  }

  private static ModelConfiguration model(String name, int channels, int side, OptionalInt width) {
    return Zoo.configuration(
        name,
        new ModelOptions(
            new ModelInput.Images(new ImageShape(channels, side, side)),
            CLASSES,
            3,
            new OptimizerSettings(OptimizerSettings.Type.SGD, 1e-3, 0, 1e-4),
            new ModelVariant(width, OptionalInt.empty(), noDropout(name), Stem.AUTO)));
  }

  /** Residual networks have none to begin with. */
  private static OptionalDouble noDropout(String name) {
    return name.startsWith("resnet") ? OptionalDouble.empty() : OptionalDouble.of(0);
  }

  /** The same labels for every output. */
  private static MultiDataSet minibatch(
      ModelConfiguration model, int step, int channels, int side) {
    int outputs =
        model.kind() == ModelConfiguration.Kind.GRAPH
            ? model.graph().getNetworkOutputs().size()
            : 1;
    return new MultiDataSet(
        new INDArray[] {Data.values(step, 2, channels, side, side)},
        Collections.nCopies(outputs, Data.oneHot(step, 2, CLASSES)).toArray(INDArray[]::new));
  }
}
