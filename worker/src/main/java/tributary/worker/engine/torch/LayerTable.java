package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Map;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;

/** The layers that this engine runs; adding a layer is adding a row. */
final class LayerTable {
  private static final Map<Class<? extends Layer>, Row> ROWS =
      Map.ofEntries(
          entry(ActivationLayer.class, DenseLayers::activation),
          entry(DenseLayer.class, DenseLayers::dense),
          entry(OutputLayer.class, DenseLayers::output),
          entry(ConvolutionLayer.class, ConvolutionLayers::convolution),
          entry(SubsamplingLayer.class, ConvolutionLayers::pooling),
          entry(SelfAttentionLayer.class, Attention::self),
          entry(LearnedSelfAttentionLayer.class, Attention::learned),
          entry(RecurrentAttentionLayer.class, Attention::recurrent));

  private LayerTable() {}

  /** How one kind of layer is compiled. */
  @FunctionalInterface
  interface Row {
    TorchLayer compile(Site site);
  }

  /** The layer at a site, with the dropout before it; a refusal if this engine can't run it. */
  static TorchLayer compile(Site site) {
    Row row = ROWS.get(site.layer().getClass());
    site.require(row != null, "such layer");
    TorchLayer layer = row.compile(site);
    return site.layer().getIDropout() == null ? layer : layer.after(Dropouts.of(site));
  }
}
