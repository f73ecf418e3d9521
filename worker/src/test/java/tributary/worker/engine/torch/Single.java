package tributary.worker.engine.torch;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;

/** The first layer of a stack by itself, with the parameters that DL4J gives it. */
@SuppressWarnings("try") // scopes are held, not used
final class Single implements AutoCloseable {
  private final FlatTensors parameters;
  private final TorchLayer layer;

  Single(MultiLayerConfiguration stack) {
    ModelConfiguration model = ModelConfiguration.of(stack); // loads ND4J, which must come first
    TorchRuntime.load();
    parameters = new FlatTensors(Network.layoutOf(model), TorchDevice.CPU);
    ModelState state = Network.initialState(model);
    FlatTensors.copyIn(state.parameters(), parameters.values());
    Layer configuration = model.multiLayer().getConf(0).getLayer();
    layer =
        LayerTable.compile(
            new Site("Layer 0", "0_", configuration, /* frozen= */ false, parameters));
  }

  FlatTensors parameters() {
    return parameters;
  }

  /** Values in a training pass of a step, in the caller's scope. */
  Tensor train(Tensor input, StepKey key) {
    try (Pass pass = Pass.training(input.size(0), key, TorchDevice.CPU, Integer.MAX_VALUE)) {
      return layer.forward(Masked.all(input), pass).values();
    }
  }

  /** Values in evaluation, in the caller's scope. */
  Tensor evaluate(Masked input) {
    try (Pass pass = Pass.evaluation(input.values().size(0))) {
      return layer.forward(input, pass).values();
    }
  }

  @Override
  public void close() {
    parameters.close();
  }

  /** Activations of a whole stack. */
  static float[] evaluate(MultiLayerConfiguration stack, INDArray features) {
    ModelConfiguration model = ModelConfiguration.of(stack);
    TorchRuntime.load();
    float[] values = Parity.floats(features); // outside: a scope would free what ND4J keeps
    try (TorchNetwork network = TorchCompiler.compile(model, TorchDevice.CPU);
        PointerScope scope = new PointerScope()) {
      Tensor input = torch.tensor(values).view(features.shape());
      return Parity.floats(network.activations(List.of(Masked.all(input))).get(0).values());
    }
  }
}
