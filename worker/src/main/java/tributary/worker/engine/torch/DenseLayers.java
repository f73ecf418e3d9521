package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;

/** Layers of rows {@code [n, features]}. */
final class DenseLayers {
  private DenseLayers() {}

  static TorchLayer activation(Site site) {
    TorchActivation activation =
        TorchActivations.of(site.as(ActivationLayer.class).getActivationFn(), site);
    return TorchLayer.ofValues((x, pass) -> activation.apply(x, pass.noise()));
  }

  static TorchLayer dense(Site site) {
    DenseLayer layer = site.as(DenseLayer.class);
    site.require(!layer.hasLayerNorm(), "layer normalisation");
    TorchLayer sums = sums(site, layer.hasBias());
    TorchActivation activation = TorchActivations.of(layer.getActivationFn(), site);
    return (input, pass) -> {
      Masked z = sums.forward(input, pass);
      return z.with(masked(activation.apply(z.values(), pass.noise()), z.mask()));
    };
  }

  static TorchLayer output(Site site) {
    OutputLayer layer = site.as(OutputLayer.class);
    return Outputs.of(
        sums(site, layer.hasBias()), layer.getActivationFn(), layer.getLossFn(), site);
  }

  /** Products with the weights {@code W}, plus the biases {@code b}. */
  static TorchLayer sums(Site site, boolean hasBias) {
    Parameter weights = site.parameter("W");
    Parameter bias = site.parameter("b", hasBias);
    return TorchLayer.ofValues((x, pass) -> torch.linear(x, weights.in(pass), bias.optional(pass)));
  }

  /** Zeros where a row or a step is padding, which an activation of a bias would fill. */
  static Tensor masked(Tensor values, Tensor mask) {
    return mask == null ? values : values.mul(Rows.alike(mask, values));
  }
}
