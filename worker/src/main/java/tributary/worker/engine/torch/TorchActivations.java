package tributary.worker.engine.torch;

import java.util.Map;
import org.bytedeco.pytorch.global.torch;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSELU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/** The activation functions that this engine runs. */
final class TorchActivations {
  private static final Map<Class<? extends IActivation>, TorchActivation> FUNCTIONS =
      Map.of(
          ActivationIdentity.class, (x, n) -> x,
          ActivationReLU.class, (x, n) -> x.relu(),
          ActivationTanH.class, (x, n) -> x.tanh(),
          ActivationSigmoid.class, (x, n) -> x.sigmoid(),
          ActivationSoftPlus.class, (x, n) -> torch.softplus(x),
          ActivationSELU.class, (x, n) -> torch.selu(x),
          org.nd4j.linalg.activations.impl.ActivationSoftmax.class, (x, n) -> x.softmax(1),
          ActivationSwish.class, (x, n) -> torch.silu(x));

  private TorchActivations() {}

  static TorchActivation of(IActivation activation, Site place) {
    TorchActivation function = FUNCTIONS.get(activation.getClass());
    place.require(function != null, "activation " + activation);
    return function;
  }
}
