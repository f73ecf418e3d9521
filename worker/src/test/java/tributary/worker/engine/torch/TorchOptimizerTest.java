package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;
import static tributary.worker.engine.torch.UpdateParity.assertAgree;
import static tributary.worker.engine.torch.UpdateParity.dense;
import static tributary.worker.engine.torch.UpdateParity.graph;
import static tributary.worker.engine.torch.UpdateParity.lstm;
import static tributary.worker.engine.torch.UpdateParity.network;
import static tributary.worker.engine.torch.UpdateParity.ofImages;
import static tributary.worker.engine.torch.UpdateParity.ofVectors;
import static tributary.worker.engine.torch.UpdateParity.softmax;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.constraint.BaseConstraint;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.Regularization;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.nd4j.Nd4jEngine;
import tributary.worker.engine.torch.UpdateParity.Net;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.model.ParameterTensor;
import tributary.worker.model.UpdatePlan;
import tributary.worker.model.UpdatePlan.Block;
import tributary.worker.model.UpdatePlan.Constrained;
import tributary.worker.model.UpdatePlan.Penalized;
import tributary.worker.model.UpdatePlan.Stretch;

class TorchOptimizerTest {
  private static final StepKey FIRST = new StepKey(0, 0, 1);

  @Test
  void updatesGraphsAsDl4jDoes() {
    assertAgree(
        graph(
            network()
                .updater(new Adam(1e-2))
                .l2(0.02)
                .gradientNormalization(GradientNormalization.ClipL2PerLayer)
                .gradientNormalizationThreshold(0.1),
            dense(6).build()));
  }

  @Test
  void leavesFrozenLayersAlone() {
    for (IUpdater updater : List.of(new Adam(0.1), new RmsProp(0.1), new NoOp())) {
      var all =
          network()
              .updater(updater)
              .gradientNormalization(GradientNormalization.RenormalizeL2PerLayer);
      Layer penalized = dense(6).nIn(5).l2(0.3).build();
      Layer plain = dense(6).nIn(6).build();
      assertFrozen(ofVectors(all, new FrozenLayer(penalized), dense(6).build()), 0, 36);
      assertFrozen(graph(all, new FrozenLayer(penalized)), 0, 36);
      assertFrozen(
          ofVectors(all, dense(6).build(), new FrozenLayerWithBackprop(plain), dense(6).build()),
          36,
          42);
    }
  }

  /** DL4J lets their penalties move them, which its score doesn't count. */
  @Test
  void leavesFrozenLayersAloneThatHavePenalties() {
    Layer inner = dense(6).nIn(5).l2(0.3).constrainWeights(new MaxNormConstraint(0.1, 0)).build();
    Net net =
        ofVectors(
            network().updater(new Adam(0.1)), new FrozenLayerWithBackprop(inner), dense(6).build());
    try (TorchSteps torch = new TorchSteps(net.model())) {
      float[] before = torch.parameters();
      float[] gradient = new float[before.length];
      Arrays.fill(gradient, 1);
      torch.update(gradient, FIRST);
      float[] after = torch.parameters();
      assertThat(Arrays.copyOf(after, 36)).isEqualTo(Arrays.copyOf(before, 36));
      assertThat(after[36]).isNotEqualTo(before[36]);
      assertThat(torch.penalty(FIRST)).isZero();
    }
  }

  @Test
  void leavesFrozenVerticesAlone() {
    var attention =
        new AttentionVertex.Builder()
            .nInQueries(4)
            .nInKeys(4)
            .nInValues(4)
            .nOut(4)
            .nHeads(1)
            .projectInput(true);
    ModelConfiguration model =
        ModelConfiguration.of(
            network()
                .updater(new Sgd(0.1))
                .l2(0.02)
                .graphBuilder()
                .addInputs("in")
                .addVertex("frozen", new FrozenVertex(attention.build()), "in", "in", "in")
                .addLayer("last", new LastTimeStep(lstm(4).build()), "frozen")
                .addLayer("out", softmax(), "last")
                .setOutputs("out")
                .setInputTypes(InputType.recurrent(4))
                .build());
    assertFrozen(new Net(model, 4, 3), 0, 64);
  }

  /** DL4J's updater takes the first values of such layers for weights: they are the biases. */
  @Test
  void treatsBiasesAsBiasesWhereverTheyLie() {
    for (Layer layer :
        List.of(
            new DepthwiseConvolution2D.Builder(2, 2).depthMultiplier(2).build(),
            new SeparableConvolution2D.Builder(2, 2).nOut(3).build())) {
      var all =
          network()
              .updater(new Nesterovs(0.1, 0))
              .biasUpdater(new Sgd(0.5))
              .biasInit(0.3)
              .l2(1)
              .l2Bias(1);
      try (TorchSteps torch = new TorchSteps(ofImages(all, convolution(), layer).model())) {
        float[] before = torch.parameters();
        float[] gradient = new float[before.length];
        Arrays.fill(gradient, 1);
        torch.update(gradient, FIRST);
        float[] after = torch.parameters();
        for (ParameterTensor tensor : torch.layout().tensors()) {
          float rate = tensor.name().endsWith("_b") ? 0.5f : 0.1f;
          for (int i = (int) tensor.offset(); i < tensor.offset() + tensor.size(); i++) {
            float expected = before[i] - rate * (1 + before[i]);
            assertThat(after[i]).as(tensor.name()).isCloseTo(expected, within(1e-6f));
          }
        }
      }
    }
  }

  @Test
  void skipsWhatOnlyPretrainingUpdates() {
    Layer autoencoder =
        new VariationalAutoencoder.Builder()
            .nOut(3)
            .encoderLayerSizes(6)
            .decoderLayerSizes(5)
            .build();
    assertAgree(ofVectors(network().updater(new Adam(1e-2)).l2(0.05), autoencoder));
  }

  /** The gradients are libtorch's as well. */
  @Test
  void trainsAsDl4jDoesFromEndToEnd() {
    Net net =
        ofImages(
            network()
                .updater(new RmsProp(1e-2))
                .biasUpdater(new AMSGrad(1e-2))
                .l1(0.01)
                .gradientNormalization(GradientNormalization.ClipL2PerParamType)
                .gradientNormalizationThreshold(0.2),
            new ConvolutionLayer.Builder(3, 2)
                .nOut(4)
                .constrainWeights(new MaxNormConstraint(0.5, 1, 2, 3))
                .build(),
            dense(7).weightDecay(0.1).constrainAllParameters(new NonNegativeConstraint()).build());
    ModelState start = Network.initialState(net.model());
    Engine dl4j = new Nd4jEngine(new EngineSettings(EngineSettings.Type.ND4J, 1));
    Engine torch = new TorchEngine(new EngineSettings(EngineSettings.Type.TORCH, 1));
    try (Replica expected = dl4j.replica(net.model());
        Replica found = torch.replica(net.model())) {
      expected.load(start);
      found.load(start);
      for (int i = 0; i < 5; i++) {
        StepKey key = new StepKey(i, i / 2, 1);
        Minibatch batch = minibatch(i);
        double loss = expected.step(batch, key).loss();
        assertThat(found.step(batch, key).loss()).isCloseTo(loss, withPercentage(0.01));
      }
      assertThat(found.state().parameters())
          .containsExactly(expected.state().parameters(), within(1e-4f));
    }
  }

  private static Minibatch minibatch(long seed) {
    SplittableRandom random = Seeds.random(seed);
    float[] features = new float[4 * 2 * 6 * 5];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextDouble() - 0.5f;
    }
    int[] labels = random.ints(4, 0, 3).toArray();
    return new Minibatch(new long[4], features, new int[] {4, 2, 6, 5}, labels, 3);
  }

  @Test
  void leavesNoGradientBehind() {
    Net net = ofVectors(network().updater(new Adam(0.1)), dense(6).build());
    try (TorchSteps torch = new TorchSteps(net.model())) {
      float[] gradient = new float[torch.parameters().length];
      Arrays.fill(gradient, 1);
      torch.update(gradient, FIRST);
      assertThat(torch.gradients()).containsOnly(0);
    }
  }

  @Test
  void refusesByNameWhatItDoesntKnow() {
    ParameterTensor tensor = new ParameterTensor("W", "d", 0, List.of(2L), false);
    assertRefused(
        plan(new AdaBelief(), List.of(), List.of()),
        "Engine torch has no updater AdaBelief yet; set engine.type: nd4j");
    assertRefused(
        plan(new NoOp(), List.of(new Penalized(new Stretch(0, 2), List.of(new L3()))), List.of()),
        "Engine torch has no regularization L3 yet; set engine.type: nd4j");
    assertRefused(
        plan(new NoOp(), List.of(), List.of(new Constrained(tensor, new Even()))),
        "Layer \"d\": engine torch has no constraint Even yet; set engine.type: nd4j");
    assertRefused(
        plan(new NoOp(), List.of(), List.of(new Constrained(tensor, new UnitNormConstraint(1)))),
        "Layer \"d\": UnitNormConstraint over dimensions [1]: parameter W has 1");
  }

  private static Layer convolution() {
    return new ConvolutionLayer.Builder(3, 2).nOut(4).build();
  }

  private static void assertFrozen(Net net, long from, long size) {
    try (TorchSteps torch = new TorchSteps(net.model())) {
      assertThat(torch.plan().frozen()).containsExactly(new Stretch(from, size));
    }
    assertAgree(net);
  }

  private static UpdatePlan plan(
      IUpdater updater, List<Penalized> penalized, List<Constrained> constrained) {
    Block block = new Block(new Stretch(0, 2), List.of(), updater, penalized);
    return new UpdatePlan(0, List.of(), List.of(), List.of(block), constrained);
  }

  private static void assertRefused(UpdatePlan plan, String message) {
    TorchRuntime.load();
    ParameterTensor tensor = new ParameterTensor("0_W", "d", 0, List.of(2L), false);
    try (FlatTensors parameters =
        new FlatTensors(new ParameterLayout(List.of(tensor), 0), TorchDevice.CPU)) {
      assertThatThrownBy(() -> new TorchOptimizer(parameters, plan))
          .isInstanceOf(ModelException.class)
          .hasMessage(message);
    }
  }

  private static final class L3 implements Regularization {
    @Override
    public ApplyStep applyStep() {
      return ApplyStep.BEFORE_UPDATER;
    }

    @Override
    public void apply(INDArray values, INDArray gradient, double lr, int iteration, int epoch) {}

    @Override
    public double score(INDArray values, int iteration, int epoch) {
      return 0;
    }

    @Override
    public Regularization clone() {
      return new L3();
    }
  }

  private static final class Even extends BaseConstraint {
    Even() {
      super(Set.of("W"), 0);
    }

    @Override
    public void apply(INDArray values) {}

    @Override
    public BaseConstraint clone() {
      return new Even();
    }
  }
}
