package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;

/** Layers of rows {@code [n, features]}. */
final class DenseLayers {
  /** What keeps equal sums from a division by zero; nothing next to any other variance. */
  private static final double TINY = 1e-24;

  private DenseLayers() {}

  static TorchLayer activation(Site site) {
    TorchActivation activation =
        TorchActivations.of(site.as(ActivationLayer.class).getActivationFn(), site);
    return TorchLayer.ofValues((x, pass) -> activation.apply(x, pass.noise()));
  }

  static TorchLayer dense(Site site) {
    DenseLayer layer = site.as(DenseLayer.class);
    TorchLayer sums =
        layer.hasLayerNorm() ? normalized(site, layer.hasBias()) : sums(site, layer.hasBias());
    TorchActivation activation = TorchActivations.of(layer.getActivationFn(), site);
    return (input, pass) -> {
      Masked z = sums.forward(input, pass);
      return z.with(masked(activation.apply(z.values(), pass.noise()), z.mask()));
    };
  }

  /** An autoencoder's first half; the second is for pretraining only, and idle in a network. */
  static TorchLayer encoder(Site site) {
    TorchActivation activation =
        TorchActivations.of(site.as(AutoEncoder.class).getActivationFn(), site);
    TorchLayer sums = sums(site, /* hasBias= */ true);
    return TorchLayer.ofValues((z, pass) -> activation.apply(z, pass.noise())).after(sums);
  }

  static TorchLayer output(Site site) {
    OutputLayer layer = site.as(OutputLayer.class);
    return Outputs.of(
        sums(site, layer.hasBias()), layer.getActivationFn(), layer.getLossFn(), site);
  }

  static TorchLayer centerLossOutput(Site site) {
    CenterLossOutputLayer layer = site.as(CenterLossOutputLayer.class);
    TorchOutput output =
        Outputs.of(sums(site, layer.hasBias()), layer.getActivationFn(), layer.getLossFn(), site);
    return new CenterLoss(layer, output, site.noiseless("cL"));
  }

  /** Products with the weights {@code W}, plus the biases {@code b}. */
  static TorchLayer sums(Site site, boolean hasBias) {
    Parameter weights = site.parameter("W");
    Parameter bias = site.parameter("b", hasBias);
    return TorchLayer.ofValues((x, pass) -> torch.linear(x, weights.in(pass), bias.optional(pass)));
  }

  /** Ba et al., arXiv:1607.06450, equation 4: no bias goes into the statistics. */
  private static TorchLayer normalized(Site site, boolean hasBias) {
    TorchLayer products = sums(site, /* hasBias= */ false);
    Parameter gain = site.noiseless("g");
    Parameter bias = site.parameter("b", hasBias);
    return TorchLayer.ofValues(
            (z, pass) ->
                torch.layer_norm(
                    z,
                    new long[] {z.size(1)},
                    gain.optional(pass),
                    bias.optional(pass),
                    TINY,
                    /* cudnn_enable= */ false))
        .after(products);
  }

  /** Zeros where a row or a step is padding, which an activation of a bias would fill. */
  static Tensor masked(Tensor values, Tensor mask) {
    return mask == null ? values : values.mul(Rows.alike(mask, values));
  }
}
