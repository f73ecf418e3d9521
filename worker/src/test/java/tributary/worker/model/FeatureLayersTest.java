package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;

class FeatureLayersTest {
  @Test
  void ofNoneIsTheLastBeforeTheOutputLayer() {
    assertThat(FeatureLayers.of(TinyNets.stack(), List.of())).containsExactly("layer0");
    assertThat(FeatureLayers.of(TinyNets.noisyStack(), List.of())).containsExactly("layer2");
    assertThat(FeatureLayers.of(TinyNets.graph(), List.of())).containsExactly("pool");
  }

  @Test
  void areThoseThatAreNamedEachOnceInTheirOrder() {
    assertThat(FeatureLayers.of(TinyNets.graph(), List.of("pool", "conv", "pool")))
        .containsExactly("pool", "conv");
    assertThat(FeatureLayers.of(TinyNets.noisyStack(), List.of("layer3", "layer1")))
        .containsExactly("layer3", "layer1");
  }

  @Test
  void theInputIsOneToo() {
    assertThat(FeatureLayers.of(TinyNets.graph(), List.of("input", "conv")))
        .containsExactly("input", "conv");
  }

  @Test
  void oneThatIsNotThereIsRefusedWithTheNamesOfThoseThatAre() {
    assertThatThrownBy(() -> FeatureLayers.of(TinyNets.graph(), List.of("conv", "fc7")))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "The network has no layer fc7; its layers are [conv, pool, softmax], and input is"
                + " what it reads");
  }

  @Test
  void aNetworkOfAnOutputLayerAloneHasNoneBeforeIt() {
    ModelConfiguration alone =
        ModelConfiguration.of(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(new OutputLayer.Builder().nOut(10).build())
                .setInputType(InputType.convolutional(28, 28, 1))
                .build());
    assertThatThrownBy(() -> FeatureLayers.of(alone, List.of()))
        .isInstanceOf(ModelException.class)
        .hasMessage("The network has no layer before its output layer: name one of [layer0]");
  }
}
