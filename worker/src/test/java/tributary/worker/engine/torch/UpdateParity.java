package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.dataset.DataSet;
import tributary.datasets.Seeds;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ParameterTensor;
import tributary.worker.model.UpdatePlan.Block;
import tributary.worker.model.UpdatePlan.Stretch;

/**
 * Trains a DL4J network, gives its gradients to the optimizer as well, and compares: whatever the
 * layers are, every tensor and its optimizer state must agree after each step.
 */
final class UpdateParity {
  private static final double TOLERANCE = 1e-4;
  private static final int STEPS = 5;

  private UpdateParity() {}

  /**
   * A network and what it takes.
   *
   * @param features shape of one example
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Net(ModelConfiguration model, long... features) {}

  static NeuralNetConfiguration.Builder network() {
    return new NeuralNetConfiguration.Builder().seed(5).activation(Activation.TANH);
  }

  static DenseLayer.Builder dense(int outputs) {
    return new DenseLayer.Builder().nOut(outputs);
  }

  static Layer batchNormalization() {
    return new BatchNormalization.Builder().build();
  }

  static LSTM.Builder lstm(int outputs) {
    return new LSTM.Builder().nOut(outputs);
  }

  static Layer softmax() {
    return new OutputLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build();
  }

  static Net ofVectors(NeuralNetConfiguration.Builder builder, Layer... layers) {
    return new Net(stack(builder, InputType.feedForward(5), layers), 5);
  }

  static Net ofImages(NeuralNetConfiguration.Builder builder, Layer... layers) {
    return new Net(stack(builder, InputType.convolutional(6, 5, 2), layers), 2, 6, 5);
  }

  /** The last layer must leave one vector for each sequence. */
  static Net ofSequences(NeuralNetConfiguration.Builder builder, Layer... layers) {
    return new Net(stack(builder, InputType.recurrent(4, 3), layers), 4, 3);
  }

  /** Two branches, one of them given. */
  static Net graph(NeuralNetConfiguration.Builder builder, Layer branch) {
    return new Net(
        ModelConfiguration.of(
            builder
                .graphBuilder()
                .addInputs("in")
                .addLayer("one", branch, "in")
                .addLayer("other", dense(4).l1(0.01).build(), "in")
                .addVertex("both", new MergeVertex(), "one", "other")
                .addLayer("out", softmax(), "both")
                .setOutputs("out")
                .setInputTypes(InputType.feedForward(5))
                .build()),
        5);
  }

  private static ModelConfiguration stack(
      NeuralNetConfiguration.Builder builder, InputType input, Layer... layers) {
    var list = builder.list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    return ModelConfiguration.of(list.layer(softmax()).setInputType(input).build());
  }

  static void assertAgree(Net net) {
    assertAgree(net, 0);
  }

  /** From a given step on, two of which make an epoch. */
  static void assertAgree(Net net, long firstStep) {
    try (Dl4jSteps dl4j = Dl4jSteps.of(net.model);
        TorchSteps torch = new TorchSteps(net.model)) {
      for (long i = firstStep; i < firstStep + STEPS; i++) {
        StepKey key = new StepKey(i, (int) i / 2, 1);
        DataSet batch = Dl4jSteps.minibatch(i, 5 + (int) (i % 3), net.features);
        float[] gradient = dl4j.gradient(batch, key);
        disturbFrozen(torch, gradient);
        Supplier<String> what = () -> "step " + key.step() + " of " + net.model.json();
        assertThat(torch.penalty(key))
            .as(what)
            .isCloseTo(dl4j.penalty(), within(1e-9 + TOLERANCE * dl4j.penalty()));
        dl4j.fit(batch, key);
        torch.update(gradient, key);
        assertParametersAgree(torch, dl4j, what);
        assertStatesAgree(torch, dl4j, what);
      }
    }
  }

  /** Whatever flows into frozen parameters mustn't count. */
  private static void disturbFrozen(TorchSteps torch, float[] gradient) {
    SplittableRandom random = Seeds.random(7);
    for (Stretch frozen : torch.plan().frozen()) {
      for (int i = 0; i < frozen.size(); i++) {
        gradient[(int) frozen.from() + i] = (float) random.nextDouble();
      }
    }
  }

  private static void assertParametersAgree(
      TorchSteps torch, Dl4jSteps dl4j, Supplier<String> what) {
    float[] found = torch.parameters();
    float[] expected = dl4j.parameters();
    for (ParameterTensor tensor : torch.layout().tensors()) {
      Stretch stretch = new Stretch(tensor.offset(), tensor.size());
      assertThat(difference(found, expected, stretch))
          .as(() -> tensor.name() + " at " + what.get())
          .isLessThan(TOLERANCE);
    }
  }

  /** Part by part, whose values differ in size. */
  private static void assertStatesAgree(TorchSteps torch, Dl4jSteps dl4j, Supplier<String> what) {
    float[] found = torch.state();
    float[] expected = dl4j.state();
    assertThat(found).as(what).hasSameSizeAs(expected);
    for (Block block : torch.plan().blocks()) {
      for (Stretch part : block.state()) {
        assertThat(difference(found, expected, part))
            .as(() -> block.updater() + " state at " + what.get())
            .isLessThan(TOLERANCE);
      }
    }
  }

  /** The largest difference within a stretch, relative to the largest value there. */
  private static double difference(float[] found, float[] expected, Stretch stretch) {
    double largest = 1e-12;
    double difference = 0;
    for (int i = (int) stretch.from(); i < stretch.from() + stretch.size(); i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - found[i])); // NaN stays
    }
    return difference / largest;
  }
}
