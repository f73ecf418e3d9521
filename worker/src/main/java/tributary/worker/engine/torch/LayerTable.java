package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Map;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1D;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.deeplearning4j.nn.conf.layers.Convolution2D;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.Pooling1D;
import org.deeplearning4j.nn.conf.layers.Pooling2D;
import org.deeplearning4j.nn.conf.layers.RecurrentAttentionLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToBatchLayer;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling1DLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.Upsampling3D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPadding3DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.misc.RepeatVector;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.recurrent.TimeDistributed;
import org.deeplearning4j.nn.conf.layers.util.MaskLayer;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;

/** The layers that this engine runs; adding a layer is adding a row. */
@SuppressWarnings("deprecation") // GravesLSTM and GravesBidirectionalLSTM have their users
final class LayerTable {
  private static final Map<Class<? extends Layer>, Row> ROWS =
      Map.ofEntries(
          entry(Convolution1D.class, Convolutions::ofSequences),
          entry(Convolution1DLayer.class, Convolutions::ofSequences),
          entry(Convolution2D.class, Convolutions::ofImages),
          entry(Convolution3D.class, Convolutions::ofVolumes),
          entry(Cropping1D.class, ImageShapes::cropping1d),
          entry(Cropping2D.class, ImageShapes::cropping2d),
          entry(Cropping3D.class, ImageShapes::cropping3d),
          entry(Deconvolution2D.class, Deconvolutions::ofImages),
          entry(Deconvolution3D.class, Deconvolutions::ofVolumes),
          entry(DepthwiseConvolution2D.class, Convolutions::ofChannels),
          entry(Pooling1D.class, Poolings::ofSequences),
          entry(Pooling2D.class, Poolings::ofImages),
          entry(SeparableConvolution2D.class, Convolutions::ofChannelsThenPoints),
          entry(SpaceToBatchLayer.class, ImageShapes::spaceToBatch),
          entry(SpaceToDepthLayer.class, ImageShapes::spaceToDepth),
          entry(Subsampling1DLayer.class, Poolings::ofSequences),
          entry(Subsampling3DLayer.class, Poolings::ofVolumes),
          entry(Upsampling1D.class, ImageShapes::upsampling1d),
          entry(Upsampling2D.class, ImageShapes::upsampling2d),
          entry(Upsampling3D.class, ImageShapes::upsampling3d),
          entry(ZeroPadding1DLayer.class, ImageShapes::zeroPadding1d),
          entry(ZeroPadding3DLayer.class, ImageShapes::zeroPadding3d),
          entry(ZeroPaddingLayer.class, ImageShapes::zeroPadding2d),
          entry(LSTM.class, RecurrentLayers::lstm),
          entry(GravesLSTM.class, RecurrentLayers::gravesLstm),
          entry(GravesBidirectionalLSTM.class, RecurrentLayers::gravesBidirectional),
          entry(SimpleRnn.class, RecurrentLayers::simpleRnn),
          entry(Bidirectional.class, RecurrentWrappers::bidirectional),
          entry(LastTimeStep.class, RecurrentWrappers::lastTimeStep),
          entry(MaskZeroLayer.class, RecurrentWrappers::maskZero),
          entry(TimeDistributed.class, RecurrentWrappers::timeDistributed),
          entry(RnnOutputLayer.class, RecurrentOutputs::output),
          entry(RnnLossLayer.class, RecurrentOutputs::loss),
          entry(ActivationLayer.class, DenseLayers::activation),
          entry(DenseLayer.class, DenseLayers::dense),
          entry(OutputLayer.class, DenseLayers::output),
          entry(ConvolutionLayer.class, Convolutions::ofImages),
          entry(SubsamplingLayer.class, Poolings::ofImages),
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
    return afterDropout(row.compile(site), site);
  }

  /** A layer with its dropout before it, if it has one. */
  static TorchLayer afterDropout(TorchLayer layer, Site site) {
    return site.layer().getIDropout() == null ? layer : layer.after(Dropouts.of(site));
  }
}
