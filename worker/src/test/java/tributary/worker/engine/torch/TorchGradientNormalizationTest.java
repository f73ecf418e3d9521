package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static tributary.worker.engine.torch.UpdateParity.assertAgree;
import static tributary.worker.engine.torch.UpdateParity.batchNormalization;
import static tributary.worker.engine.torch.UpdateParity.dense;
import static tributary.worker.engine.torch.UpdateParity.lstm;
import static tributary.worker.engine.torch.UpdateParity.network;
import static tributary.worker.engine.torch.UpdateParity.ofImages;
import static tributary.worker.engine.torch.UpdateParity.ofSequences;
import static tributary.worker.engine.torch.UpdateParity.ofVectors;

import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.worker.engine.StepKey;

class TorchGradientNormalizationTest {
  @ParameterizedTest
  @EnumSource(GradientNormalization.class)
  void normalizesAsDl4jDoes(GradientNormalization kind) {
    NeuralNetConfiguration.Builder all =
        network()
            .updater(new Nesterovs(0.1))
            .gradientNormalization(kind)
            .gradientNormalizationThreshold(0.1);
    assertAgree(ofImages(all, new SeparableConvolution2D.Builder(2, 2).nOut(3).build()));
    all.l2(0.02);
    assertAgree(ofVectors(all, dense(6).build(), clipped(), batchNormalization()));
    assertAgree(
        ofImages(all, new ConvolutionLayer.Builder(3, 2).nOut(4).build(), batchNormalization()));
    assertAgree(
        ofSequences(all, new Bidirectional(lstm(3).build()), new LastTimeStep(lstm(4).build())));
  }

  private static Layer clipped() {
    return dense(7)
        .gradientNormalization(GradientNormalization.ClipElementWiseAbsoluteValue)
        .gradientNormalizationThreshold(0.02)
        .build();
  }

  @ParameterizedTest
  @EnumSource(GradientNormalization.class)
  void leavesGradientsOfZeroAlone(GradientNormalization kind) {
    var all = network().updater(new Sgd(0.1)).gradientNormalization(kind);
    try (TorchSteps torch = new TorchSteps(ofVectors(all, dense(6).build()).model())) {
      float[] before = torch.parameters();
      torch.update(new float[before.length], new StepKey(0, 0, 1));
      assertThat(torch.parameters()).isEqualTo(before);
    }
  }

  @Test
  void comesAfterTheMinibatchIsSummedUpWhereTheNetworkTakesTheSum() {
    assertAgree(
        ofVectors(
            network()
                .miniBatch(false)
                .updater(new Sgd(0.01))
                .l2(0.02)
                .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                .gradientNormalizationThreshold(0.5),
            dense(6).build(),
            batchNormalization()));
  }
}
