package tributary.worker.engine.torch;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSELU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import tributary.worker.engine.torch.TorchCompiler.Place;

/** The activation functions that this engine runs. */
final class TorchActivations {
  private static final Map<Class<? extends IActivation>, TorchLayer> FUNCTIONS =
      Map.of(
          ActivationIdentity.class, input -> input,
          ActivationReLU.class, Tensor::relu,
          ActivationTanH.class, Tensor::tanh,
          ActivationSigmoid.class, Tensor::sigmoid,
          ActivationSoftPlus.class, torch::softplus,
          ActivationSELU.class, torch::selu,
          ActivationSwish.class, torch::silu);

  private TorchActivations() {}

  static TorchLayer of(IActivation activation, Place place) {
    TorchLayer function = FUNCTIONS.get(activation.getClass());
    place.require(function != null, "activation " + activation);
    return function;
  }
}
