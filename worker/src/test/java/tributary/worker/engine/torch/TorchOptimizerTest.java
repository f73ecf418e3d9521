package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tributary.worker.engine.torch.UpdateParity.assertAgree;
import static tributary.worker.engine.torch.UpdateParity.dense;
import static tributary.worker.engine.torch.UpdateParity.graph;
import static tributary.worker.engine.torch.UpdateParity.lstm;
import static tributary.worker.engine.torch.UpdateParity.network;
import static tributary.worker.engine.torch.UpdateParity.ofVectors;
import static tributary.worker.engine.torch.UpdateParity.softmax;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.constraint.BaseConstraint;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.learning.regularization.Regularization;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.torch.UpdateParity.Net;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
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
      assertAgree(ofVectors(all, new FrozenLayer(penalized), dense(6).build()));
      assertAgree(graph(all, new FrozenLayer(penalized)));
      assertAgree(
          ofVectors(all, dense(6).build(), new FrozenLayerWithBackprop(plain), dense(6).build()));
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
        new AttentionVertex.Builder().nInQueries(4).nInKeys(4).nInValues(4).nOut(4).nHeads(1);
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
    assertAgree(new Net(model, 4, 7));
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

  private static UpdatePlan plan(
      IUpdater updater, List<Penalized> penalized, List<Constrained> constrained) {
    Block block = new Block(new Stretch(0, 2), new Stretch(0, 4), updater, penalized);
    return new UpdatePlan(4, List.of(), List.of(), List.of(block), constrained);
  }

  private static void assertRefused(UpdatePlan plan, String message) {
    TorchRuntime.load();
    ParameterTensor tensor = new ParameterTensor("0_W", "d", 0, List.of(2L), false);
    try (FlatTensors parameters =
        new FlatTensors(new ParameterLayout(List.of(tensor), 4), TorchDevice.CPU)) {
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
