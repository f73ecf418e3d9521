package tributary.worker.engine.torch;

import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;

/** Layers whose parameters stay as they are, and which always run as in evaluation. */
@SuppressWarnings("try") // guards are held, not used
final class FrozenLayers {
  private FrozenLayers() {}

  /** No gradient goes further down from here. */
  static TorchLayer frozen(Site site) {
    TorchLayer inner = inner(site, site.as(FrozenLayer.class).getLayer());
    return (input, pass) -> {
      try (NoGradGuard guard = new NoGradGuard()) {
        return evaluated(inner, input, pass);
      }
    };
  }

  /** Gradients go through to the layers below; an output may be frozen like this, too. */
  static TorchLayer transparent(Site site) {
    TorchLayer inner = inner(site, site.as(FrozenLayerWithBackprop.class).getUnderlying());
    if (!(inner instanceof TorchOutput output)) {
      return (input, pass) -> evaluated(inner, input, pass);
    }
    return new TorchOutput() {
      @Override
      public Masked forward(Masked input, Pass pass) {
        return evaluated(output, input, pass);
      }

      @Override
      public Tensor loss(Masked input, Masked labels, Pass pass) {
        return output.loss(input, labels, pass);
      }
    };
  }

  private static TorchLayer inner(Site site, org.deeplearning4j.nn.conf.layers.Layer layer) {
    return LayerTable.compile(site.inner(layer, "").asFrozen());
  }

  /** In training DL4J keeps no memory of recurrent layers in here between segments, either. */
  private static Masked evaluated(TorchLayer layer, Masked input, Pass pass) {
    if (!pass.training()) {
      return layer.forward(input, pass);
    }
    try (Pass evaluation = Pass.evaluation(pass.examples())) {
      return layer.forward(input, evaluation);
    }
  }
}
