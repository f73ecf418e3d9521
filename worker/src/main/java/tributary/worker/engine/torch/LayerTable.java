package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Map;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;

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
          entry(RecurrentAttentionLayer.class, Attention::recurrent),
          entry(AutoEncoder.class, DenseLayers::encoder),
          entry(BatchNormalization.class, Normalizations::batch),
          entry(CenterLossOutputLayer.class, DenseLayers::centerLossOutput),
          entry(Cnn3DLossLayer.class, LossLayers::volumes),
          entry(CnnLossLayer.class, LossLayers::images),
          entry(DropoutLayer.class, SimpleLayers::masking),
          entry(ElementWiseMultiplicationLayer.class, SimpleLayers::scale),
          entry(EmbeddingLayer.class, Embeddings::rows),
          entry(EmbeddingSequenceLayer.class, Embeddings::sequences),
          entry(FrozenLayer.class, FrozenLayers::frozen),
          entry(FrozenLayerWithBackprop.class, FrozenLayers::transparent),
          entry(GlobalPoolingLayer.class, GlobalPooling::pooling),
          entry(LocalResponseNormalization.class, Normalizations::localResponse),
          entry(LossLayer.class, LossLayers::rows),
          entry(MaskLayer.class, SimpleLayers::masking),
          entry(PReLULayer.class, SimpleLayers::prelu),
          entry(RepeatVector.class, SimpleLayers::repeat),
          entry(Yolo2OutputLayer.class, YoloOutput::of));

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
