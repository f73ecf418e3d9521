package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;

/** Outputs at every step of sequences. */
final class RecurrentOutputs {
  private RecurrentOutputs() {}

  /** Only the labels' mask counts: DL4J overlooks the input's here. */
  static TorchLayer output(Site site) {
    RnnOutputLayer layer = site.as(RnnOutputLayer.class);
    Parameter weights = site.parameter("W");
    Parameter bias = site.parameter("b", layer.hasBias());
    TorchLayer sums =
        (input, pass) -> {
          Tensor rows = input.values().transpose(1, 2);
          Tensor z = torch.linear(rows, weights.in(pass), bias.optional(pass));
          return Masked.all(z.transpose(1, 2));
        };
    return Formats.channelsFirst(
        layer.getRnnDataFormat(),
        Outputs.of(sums, layer.getActivationFn(), layer.getLossFn(), site));
  }

  /** The input's mask counts for the loss, if the labels have none, but not for the activations. */
  static TorchLayer loss(Site site) {
    RnnLossLayer layer = site.as(RnnLossLayer.class);
    TorchOutput output =
        Outputs.of((input, pass) -> input, layer.getActivationFn(), layer.getLossFn(), site);
    return Formats.channelsFirst(
        layer.getRnnDataFormat(),
        new TorchOutput() {
          @Override
          public Masked forward(Masked input, Pass pass) {
            return output.forward(Masked.all(input.values()), pass);
          }

          @Override
          public Tensor loss(Masked input, Masked labels, Pass pass) {
            return output.loss(input, labels, pass);
          }
        });
  }
}
