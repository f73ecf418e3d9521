package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.shard.ImageShape;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.executor.Engines;

class TransferTest {
  private static final OptimizerSettings ADAM =
      new OptimizerSettings(OptimizerSettings.Type.ADAM, 0.01, 0.9, 1e-4);

  @Test
  void aNetworkOfTheZooThatNothingIsChangedOfIsThatNetworkWithItsParameters() {
    ModelConfiguration lenet = lenet(10, 3, ADAM);
    ModelConfiguration other =
        lenet(10, 4, new OptimizerSettings(OptimizerSettings.Type.SGD, 0.5, 0, 0));
    Pretrained source = trained(other);

    Pretrained result = new Transfer("", 0, 3, ADAM).of(source);

    assertThat(result.model().multiLayer()).isEqualTo(lenet.multiLayer());
    assertThat(result.parameters()).isEqualTo(source.parameters());
  }

  @Test
  void aNewHeadIsThatOfANewNetworkAndAllElseStays() {
    Pretrained source = trained(lenet(10, 4, ADAM));

    Pretrained result = new Transfer("", 3, 9, ADAM).of(source);

    ModelConfiguration fresh = lenet(3, 9, ADAM);
    assertThat(result.model().multiLayer()).isEqualTo(fresh.multiLayer());
    float[] drawn = Network.initialState(fresh).parameters();
    for (ParameterTensor tensor : Network.layoutOf(fresh).tensors()) {
      boolean isHead = tensor.layer().equals("output");
      assertThat(part(result.parameters(), tensor))
          .as(tensor.name())
          .isEqualTo(part(isHead ? drawn : source.parameters(), tensor));
    }
  }

  @Test
  void aNewHeadOfAsManyClassesIsDrawnAnew() {
    ModelConfiguration graph = TinyNets.graph();
    Pretrained source = trained(graph);

    Pretrained result = new Transfer("", 10, 9, ADAM).of(source);

    for (ParameterTensor tensor : Network.layoutOf(graph).tensors()) {
      boolean stays =
          Arrays.equals(part(result.parameters(), tensor), part(source.parameters(), tensor));
      assertThat(stays).as(tensor.name()).isEqualTo(!tensor.layer().equals("softmax"));
    }
    assertThat(new Transfer("", 10, 9, ADAM).of(source).parameters())
        .isEqualTo(result.parameters());
  }

  @ParameterizedTest
  @EnumSource(EngineSettings.Type.class)
  void frozenLayersKeepParametersAndStatisticsInBothEngines(EngineSettings.Type engine) {
    Pretrained stack = trained(TinyNets.noisyStack());
    requireFrozen(engine, new Transfer("layer1", 0, 9, ADAM).of(stack), List.of("0", "1"));
    Pretrained graph = trained(TinyNets.graph());
    requireFrozen(engine, new Transfer("pool", 10, 9, ADAM).of(graph), List.of("conv"));
  }

  @Test
  void whatTheSourceHadFrozenIsTrainedAgain() {
    Pretrained source = trained(TinyNets.noisyStack());
    Pretrained frozen = new Transfer("layer1", 0, 9, ADAM).of(source);
    assertThat(frozen.model().multiLayer().getConf(0).getLayer()).isInstanceOf(FrozenLayer.class);

    Pretrained thawed = new Transfer("", 0, 9, ADAM).of(frozen);

    assertThat(thawed.model().multiLayer())
        .isEqualTo(new Transfer("", 0, 9, ADAM).of(source).model().multiLayer());
    assertThat(thawed.parameters()).isEqualTo(source.parameters());
  }

  @Test
  void theHeadOfAGraphIsItsLastLayerWithParameters() {
    Pretrained result = new Transfer("", 4, 9, ADAM).of(trained(TinyNets.graph()));
    assertThat(((FeedForwardLayer) EditableModel.of(result.model()).layer("softmax")).getNOut())
        .isEqualTo(4);
  }

  @Test
  void anUnknownLayerIsRefusedWithThoseThereAre() {
    assertThatThrownBy(() -> new Transfer("conv9", 0, 9, ADAM).of(trained(lenet(10, 4, ADAM))))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "model.freeze-to: the network has no layer conv9; its layers are [conv1, pool1, conv2,"
                + " pool2, fc1, output]");
  }

  @Test
  void aNetworkWithNothingToTrainIsRefused() {
    Pretrained lenet = trained(lenet(10, 4, ADAM));
    assertThatThrownBy(() -> new Transfer("output", 0, 9, ADAM).of(lenet))
        .isInstanceOf(ModelException.class)
        .hasMessage("model.freeze-to output leaves no layer to be trained");
    assertThatThrownBy(() -> new Transfer("output", 3, 9, ADAM).of(lenet))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "model.freeze-to output would freeze the head that model.replace-head makes anew");
  }

  private static void requireFrozen(
      EngineSettings.Type engine, Pretrained start, List<String> frozen) {
    ModelState first =
        new ModelState(start.parameters(), Network.initialState(start.model()).optimizer());
    ModelState end;
    try (Replica replica = Engines.replica(new EngineSettings(engine, 1), start.model())) {
      replica.load(first);
      for (int step = 0; step < 3; step++) {
        replica.step(noise(step), new StepKey(step, 0, step));
      }
      end = replica.state();
    }
    for (ParameterTensor tensor : Network.layoutOf(start.model()).tensors()) {
      boolean stays =
          Arrays.equals(part(end.parameters(), tensor), part(start.parameters(), tensor));
      assertThat(stays).as(engine + " " + tensor.name()).isEqualTo(frozen.contains(tensor.key()));
    }
  }

  private static Minibatch noise(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] pixels = new float[4 * 28 * 28];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextDouble(-1, 1);
    }
    return new Minibatch(
        new long[] {0, 1, 2, 3}, pixels, new int[] {4, 1, 28, 28}, new int[] {3, 1, 4, 1}, 10);
  }

  /** Parameters that nobody has drawn. */
  private static Pretrained trained(ModelConfiguration model) {
    float[] parameters = Network.initialState(model).parameters();
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] += 0.01f * (1 + i % 7);
    }
    return new Pretrained(model, parameters);
  }

  private static ModelConfiguration lenet(int classes, long seed, OptimizerSettings optimizer) {
    return Zoo.configuration(
        "lenet",
        new ModelOptions(
            new ModelInput.Images(new ImageShape(1, 28, 28)), classes, seed, optimizer));
  }

  private static float[] part(float[] vector, ParameterTensor tensor) {
    int from = Math.toIntExact(tensor.offset());
    return Arrays.copyOfRange(vector, from, from + Math.toIntExact(tensor.size()));
  }
}
