package tributary.worker.engine.torch;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

class CenterLossTest {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void drawsFeaturesToCentersAndMovesThemAsDl4jDoes(boolean checked) {
    Parity.assertAgree(stack(checked), Data.classified(4, 6));
  }

  private static MultiLayerConfiguration stack(boolean checked) {
    return Stacks.ending(
        new Adam(1e-2),
        InputType.feedForward(6),
        new DenseLayer.Builder().nOut(5).build(),
        new CenterLossOutputLayer.Builder(LossFunction.MCXENT)
            .nOut(4)
            .activation(Activation.SOFTMAX)
            .alpha(0.3)
            .lambda(0.5)
            .gradientCheck(checked)
            .build());
  }
}
