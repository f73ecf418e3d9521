package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tributary.datasets.shard.ImageShape;

class LeNetTest {
  private static final OptimizerSettings ADAM =
      new OptimizerSettings(OptimizerSettings.Type.ADAM, 1e-3, 0, 0);

  @Test
  void hasTheParametersOfCaffesLeNet() {
    // 20*(25+1) + 50*(20*25+1) + 500*(800+1) + 10*(500+1), as in Caffe's lenet_train_test.prototxt
    try (Network network = Network.build(lenet(1, 28, 28))) {
      assertThat(network.layout().parameterCount()).isEqualTo(431_080);
      assertThat(network.layout().optimizerSize()).isEqualTo(2 * 431_080);
    }
  }

  @Test
  void namesItsLayersAndWhereTheirParametersLie() {
    try (Network network = Network.build(lenet(1, 28, 28))) {
      assertThat(network.layers())
          .extracting(Network.LayerSummary::name)
          .containsExactly("conv1", "pool1", "conv2", "pool2", "fc1", "output");
      assertThat(network.layout().at(431_079).name()).isEqualTo("5_b");
      assertThat(network.layout().at(431_079).layer()).isEqualTo("output");
    }
  }

  @Test
  void takesColourImagesOfOtherSizes() {
    try (Network network = Network.build(lenet(3, 32, 40))) {
      assertThat(network.layout().parameterCount()).isGreaterThan(431_080);
    }
  }

  @Test
  void refusesImagesThatVanishInItsPooling() {
    assertThatThrownBy(() -> lenet(1, 12, 28))
        .isInstanceOf(ModelException.class)
        .hasMessage("lenet needs images of at least 16x16, found 12x28");
  }

  @Test
  void startsFromTheSameParametersForTheSameSeed() {
    try (Network one = Network.build(lenet(1, 28, 28));
        Network two = Network.build(lenet(1, 28, 28))) {
      assertThat(StateHash.sha256(one.state().parameters()))
          .isEqualTo(StateHash.sha256(two.state().parameters()));
    }
  }

  private static ModelConfiguration lenet(int channels, int height, int width) {
    return Zoo.configuration(
        "lenet",
        new ModelOptions(
            new ModelInput.Images(new ImageShape(channels, height, width)), 10, 7, ADAM));
  }
}
