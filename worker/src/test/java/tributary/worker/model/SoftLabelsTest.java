package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

class SoftLabelsTest {
  private static final String REASON = "input.mixup";

  static {
    Nd4jRuntime.load();
  }

  static Stream<ILossFunction> taken() {
    return Stream.of(
        new LossMCXENT(),
        new LossNegativeLogLikelihood(),
        new LossBinaryXENT(),
        new LossKLD(),
        new LossMSE(),
        new LossL2());
  }

  @ParameterizedTest
  @MethodSource("taken")
  void whatIsLeastAtTheSharesIsTaken(ILossFunction loss) {
    for (ModelConfiguration model :
        new ModelConfiguration[] {
          stack(new OutputLayer.Builder(loss).nOut(3)),
          graph(new OutputLayer.Builder(loss).nOut(3)),
          ModelConfiguration.of(
              list()
                  .layer(new LossLayer.Builder(loss).build())
                  .setInputType(InputType.feedForward(3))
                  .build())
        }) {
      assertThatCode(() -> SoftLabels.require(model, REASON)).doesNotThrowAnyException();
    }
  }

  static Stream<ILossFunction> refused() {
    return Stream.of(
        new LossHinge(),
        new LossSquaredHinge(),
        new LossSparseMCXENT(),
        new LossMultiLabel(),
        new LossFMeasure(),
        new LossWasserstein(),
        new LossMAE());
  }

  @ParameterizedTest
  @MethodSource("refused")
  void lossesOfSignsIndicesRanksAndCountsAreRefused(ILossFunction loss) {
    String name = loss.getClass().getSimpleName();
    assertRefused(stack(new OutputLayer.Builder(loss).nOut(3)), "layer0 has " + name);
    assertRefused(graph(new OutputLayer.Builder(loss).nOut(3)), "out has " + name);
  }

  @Test
  void anOutputThatAlsoMovesTheCentersOfClassesIsRefused() {
    assertRefused(
        stack(new CenterLossOutputLayer.Builder(new LossMCXENT()).nOut(3)),
        "layer0 has CenterLossOutputLayer");
  }

  private static void assertRefused(ModelConfiguration model, String what) {
    assertThatThrownBy(() -> SoftLabels.require(model, REASON))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "The model's output %s, which can't learn from the soft labels of input.mixup: expected"
                + " one of [LossBinaryXENT, LossKLD, LossL2, LossMCXENT, LossMSE,"
                + " LossNegativeLogLikelihood]; set these to 0, or take another loss",
            what);
  }

  private static ModelConfiguration stack(BaseOutputLayer.Builder<?> output) {
    Layer layer = output.build();
    return ModelConfiguration.of(
        list().layer(layer).setInputType(InputType.feedForward(5)).build());
  }

  private static ModelConfiguration graph(BaseOutputLayer.Builder<?> output) {
    Layer layer = output.build();
    return ModelConfiguration.of(
        new NeuralNetConfiguration.Builder()
            .graphBuilder()
            .validateOutputLayerConfig(false)
            .addInputs("in")
            .setInputTypes(InputType.feedForward(5))
            .addLayer("out", layer, "in")
            .setOutputs("out")
            .build());
  }

  private static NeuralNetConfiguration.ListBuilder list() {
    return new NeuralNetConfiguration.Builder().list().validateOutputLayerConfig(false);
  }
}
