package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.DROPOUT;

import java.util.Set;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * LeNet, after LeCun et al., "Gradient-Based Learning Applied to Document Recognition", Proc. IEEE
 * 86(11), 1998, section II.B, with the widths that Caffe made usual (20, 50, 500), max pooling and
 * rectified linear units: 431,080 parameters for 28x28 grey images of ten classes.
 *
 * <p>{@code dropout} (0) is before the output. Images must be at least 16x16: two 5x5 convolutions
 * without padding, each halved.
 */
final class LeNet implements ZooModel.OfDigits {
  private static final int SMALLEST_SIDE = 16;

  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(DROPOUT);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    var input = options.image();
    if (Math.min(input.height(), input.width()) < SMALLEST_SIDE) {
      throw new ModelException(
          "lenet needs images of at least 16x16, found " + input.height() + "x" + input.width());
    }
    MultiLayerConfiguration configuration =
        options
            .builder()
            .weightInit(WeightInit.XAVIER)
            .activation(Activation.RELU)
            .convolutionMode(ConvolutionMode.Truncate)
            .list()
            .layer(convolution("conv1", 20))
            .layer(pooling("pool1"))
            .layer(convolution("conv2", 50))
            .layer(pooling("pool2"))
            .layer(new DenseLayer.Builder().name("fc1").nOut(500).build())
            .layer(
                new OutputLayer.Builder(LossFunction.MCXENT)
                    .name("output")
                    .dropOut(options.kept(0))
                    .nOut(options.classes())
                    .activation(Activation.SOFTMAX)
                    .build())
            .setInputType(InputType.convolutional(input.height(), input.width(), input.channels()))
            .build();
    return ModelConfiguration.of(configuration);
  }

  private static ConvolutionLayer convolution(String name, int channels) {
    return new ConvolutionLayer.Builder(5, 5)
        .name(name)
        .nOut(channels)
        .activation(Activation.RELU)
        .build();
  }

  private static SubsamplingLayer pooling(String name) {
    return new SubsamplingLayer.Builder(
            SubsamplingLayer.PoolingType.MAX, new int[] {2, 2}, new int[] {2, 2})
        .name(name)
        .build();
  }
}
