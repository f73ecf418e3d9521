package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.nd4j.linalg.activations.IActivation;
import tributary.datasets.Checks;

/** Layers that look up vectors by indices, which come as floats. */
final class Embeddings {
  private static final TorchLayer MASK = SimpleLayers::masked;

  private Embeddings() {}

  /** One vector for each example: {@code [n, 1]} to {@code [n, features]}. */
  static TorchLayer rows(Site site) {
    EmbeddingLayer layer = site.as(EmbeddingLayer.class);
    TorchLayer vectors =
        vectors(site, layer.hasBias())
            .after(TorchLayer.ofValues((indices, pass) -> indices.flatten()));
    return MASK.after(activation(layer.getActivationFn(), site).after(vectors));
  }

  /** One vector for each step: {@code [n, steps]} or {@code [n, 1, steps]} to NCW or NWC. */
  static TorchLayer sequences(Site site) {
    EmbeddingSequenceLayer layer = site.as(EmbeddingSequenceLayer.class);
    TorchLayer vectors =
        vectors(site, layer.hasBias())
            .after(TorchLayer.ofValues((indices, pass) -> steps(indices, layer, site.place())));
    TorchLayer activation = activation(layer.getActivationFn(), site);
    if (layer.getOutputFormat() == RNNFormat.NWC) {
      return Formats.channelsFirst(RNNFormat.NWC, MASK).after(activation.after(vectors));
    }
    TorchLayer turn = TorchLayer.ofValues((x, pass) -> x.movedim(-1, 1));
    return MASK.after(activation.after(turn.after(vectors)));
  }

  /** {@code [n, steps]} of what may be {@code [n, 1, steps]}. */
  private static Tensor steps(Tensor indices, EmbeddingSequenceLayer layer, String place) {
    Tensor steps = indices.dim() == 3 ? indices.squeeze(1) : indices;
    Checks.argument(steps.dim() == 2, "%s: expected one index at each step", place);
    Checks.argument(
        layer.isInferInputLength() || steps.size(1) == layer.getInputLength(),
        "%s: expected sequences of %d steps, got %d",
        place,
        layer.getInputLength(),
        steps.size(1));
    return steps;
  }

  /** Vectors along a new last dimension. DL4J puts no noise on them. */
  private static TorchLayer vectors(Site site, boolean hasBias) {
    Parameter weights = site.noiseless("W");
    Parameter bias = hasBias ? site.noiseless("b") : Parameter.NONE;
    return TorchLayer.ofValues(
        (indices, pass) -> {
          Tensor table = weights.in(pass).t(); // column by column: transposed
          Tensor found = torch.embedding(table, indices.to(ScalarType.Long));
          return hasBias ? found.add(bias.in(pass)) : found;
        });
  }

  private static TorchLayer activation(IActivation function, Site site) {
    TorchActivation activation = TorchActivations.of(function, site);
    return TorchLayer.ofValues((x, pass) -> activation.apply(x, pass.noise()));
  }
}
