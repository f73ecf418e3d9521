package tributary.worker.engine.torch;

import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;

/** Outputs without parameters: their input is what the activation and the loss are taken of. */
final class LossLayers {
  private static final TorchLayer INPUT = (input, pass) -> input;

  private LossLayers() {}

  static TorchLayer rows(Site site) {
    LossLayer layer = site.as(LossLayer.class);
    return Outputs.of(INPUT, layer.getActivationFn(), layer.getLossFn(), site);
  }

  static TorchLayer images(Site site) {
    CnnLossLayer layer = site.as(CnnLossLayer.class);
    TorchOutput output = Outputs.unmasked(INPUT, layer.getActivationFn(), layer.getLossFn(), site);
    return Formats.channelsFirst(layer.getFormat(), output);
  }

  static TorchLayer volumes(Site site) {
    Cnn3DLossLayer layer = site.as(Cnn3DLossLayer.class);
    TorchOutput output = Outputs.unmasked(INPUT, layer.getActivationFn(), layer.getLossFn(), site);
    return Formats.channelsFirst(layer.getDataFormat(), output);
  }
}
