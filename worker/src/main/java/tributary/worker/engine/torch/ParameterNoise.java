package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.layers.BaseLayer;

/** Noise on parameters while training: DropConnect and the like. */
final class ParameterNoise {
  private ParameterNoise() {}

  /** A parameter under the noise that its layer is configured with, if any. */
  static Parameter over(Tensor leaf, String name, Site site) {
    boolean noisy = site.layer() instanceof BaseLayer base && base.getWeightNoise() != null;
    site.require(!noisy, "weight noise");
    return pass -> leaf;
  }
}
