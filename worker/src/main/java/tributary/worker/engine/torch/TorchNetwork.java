package tributary.worker.engine.torch;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelState;

/** A compiled network: its layers in order, its output with the loss, its optimizer. */
final class TorchNetwork implements AutoCloseable {
  private final FlatTensors parameters;
  private final List<TorchLayer> layers;
  private final TorchOutput output;
  private final TorchOptimizer optimizer;

  TorchNetwork(
      FlatTensors parameters,
      List<TorchLayer> layers,
      TorchOutput output,
      TorchOptimizer optimizer) {
    this.parameters = parameters;
    this.layers = List.copyOf(layers);
    this.output = output;
    this.optimizer = optimizer;
  }

  /** Mean loss over the minibatch, without penalties: what the backward pass starts from. */
  Tensor loss(Tensor features, Tensor labels) {
    return output.loss(preOutput(features), labels);
  }

  /** The output layer's activations. */
  Tensor output(Tensor features) {
    return output.activations(preOutput(features));
  }

  /** What the regularisers add to the loss. */
  double penalty() {
    return optimizer.penalty();
  }

  /** Updates the parameters by the gradients, which are cleared. */
  void update(StepKey key) {
    optimizer.update(key);
  }

  void load(ModelState state) {
    FlatTensors.copyIn(state.parameters(), parameters.values());
    FlatTensors.copyIn(state.optimizer(), optimizer.state());
    parameters.gradients().zero_();
  }

  ModelState state() {
    return new ModelState(
        FlatTensors.copyOut(parameters.values()), FlatTensors.copyOut(optimizer.state()));
  }

  @Override
  public void close() {
    parameters.close();
    optimizer.close();
  }

  private Tensor preOutput(Tensor features) {
    Tensor x = features;
    for (TorchLayer layer : layers) {
      x = layer.forward(x);
    }
    return x;
  }
}
