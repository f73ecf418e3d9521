package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.worker.model.ModelVariant.Stem;

class ModelCostTest {
  private static final OptimizerSettings SGD =
      new OptimizerSettings(OptimizerSettings.Type.SGD, 0.1, 0, 0);

  @Test
  void tellsWhatEachLayerGivesAndCosts() {
    ModelCost cost = cost("lenet", OptionalInt.empty(), OptionalInt.empty());

    assertThat(cost.layers())
        .extracting(ModelCost.LayerCost::name, ModelCost.LayerCost::shape)
        .containsExactly(
            tuple("conv1", List.of(1L, 20L, 24L, 24L)),
            tuple("pool1", List.of(1L, 20L, 12L, 12L)),
            tuple("conv2", List.of(1L, 50L, 8L, 8L)),
            tuple("pool2", List.of(1L, 50L, 4L, 4L)),
            tuple("fc1", List.of(1L, 500L)),
            tuple("output", List.of(1L, 10L)));
    assertThat(cost.layers())
        .extracting(ModelCost.LayerCost::flops)
        .containsExactly(
            2.0 * 24 * 24 * 20 * 25, 0.0, 2.0 * 8 * 8 * 50 * 500, 0.0, 2.0 * 800 * 500, 1e4);
    assertThat(cost.activationBytes())
        .isEqualTo(4 * (784 + 20 * (576 + 144) + 50 * (64 + 16) + 500 + 10));
  }

  /** Each step uses every weight of an LSTM once, also of one that gives its last state alone. */
  @Test
  void countsTheStepsOfSequences() {
    double lstm1 = 2.0 * 28 * (64 * 28 + 64 * 16);
    double lstm2 = 2.0 * 28 * (64 * 16 + 64 * 16);

    assertThat(cost("lstm-rows", OptionalInt.of(16), OptionalInt.of(2)).flops())
        .isEqualTo(lstm1 + lstm2 + 2 * 160);
    // an embedding is looked up, not multiplied
    assertThat(cost("lstm-tagger", OptionalInt.of(16), OptionalInt.of(1)).flops())
        .isEqualTo(2.0 * 64 * (2 * (64 * 16 + 64 * 16) + 10 * 32));
  }

  /**
   * torchvision tells multiplications with an addition each, in billions, as {@code GFLOPS} of
   * {@code vgg16}, {@code resnetN} and {@code squeezenet1_0}; the last pools with rounding up.
   */
  @Tag("recipes")
  @ParameterizedTest
  @CsvSource({
    "vgg16, 15.47",
    "vgg19, 19.63",
    "resnet18, 1.81",
    "resnet50, 4.09",
    "resnet152, 11.51"
  })
  void countsWhatIsPublished(String name, double published) {
    double found = cost(name, OptionalInt.empty(), OptionalInt.empty()).flops() / 2e9;

    assertThat(Math.round(found * 100) / 100.0).isEqualTo(published);
  }

  @Test
  void refusesExamplesThatTheNetworkDoesNotTake() {
    assertThatThrownBy(() -> ModelCost.of(TinyNets.graph(), new int[] {1, 3, 28, 28}))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("The model takes no minibatch of shape [1, 3, 28, 28]: ");
  }

  private static ModelCost cost(String name, OptionalInt width, OptionalInt depth) {
    ModelInput input = Zoo.usualInput(name);
    ModelConfiguration model =
        Zoo.configuration(
            name,
            new ModelOptions(
                input,
                Zoo.usualClasses(name),
                1,
                SGD,
                new ModelVariant(width, depth, OptionalDouble.empty(), Stem.AUTO)));
    return ModelCost.of(model, input.shapeOfOne());
  }
}
