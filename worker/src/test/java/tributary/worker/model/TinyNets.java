package tributary.worker.model;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;

/** Small networks for 1x28x28 images of ten classes. */
public final class TinyNets {
  private TinyNets() {}

  /** A dense layer and a softmax, by plain gradient descent: no optimizer state. */
  public static ModelConfiguration stack() {
    return stack(new Sgd(0.1));
  }

  /** A dense layer and a softmax. */
  public static ModelConfiguration stack(IUpdater updater) {
    return ModelConfiguration.of(
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(updater)
            .list()
            .layer(new DenseLayer.Builder().nOut(16).activation(Activation.TANH).build())
            .layer(softmax())
            .setInputType(InputType.convolutional(28, 28, 1))
            .build());
  }

  /** A convolution with batch normalisation and dropout, as a stack. */
  public static ModelConfiguration noisyStack() {
    return ModelConfiguration.of(
        new NeuralNetConfiguration.Builder()
            .seed(6)
            .updater(new Adam(1e-3))
            .list()
            .layer(new ConvolutionLayer.Builder(5, 5).stride(2, 2).nOut(4).build())
            .layer(new BatchNormalization())
            .layer(new DenseLayer.Builder().nOut(16).dropOut(0.5).build())
            .layer(softmax())
            .setInputType(InputType.convolutional(28, 28, 1))
            .build());
  }

  /** A convolution with batch normalisation, and nothing random. */
  public static ModelConfiguration normalizedStack(IUpdater updater) {
    return ModelConfiguration.of(
        new NeuralNetConfiguration.Builder()
            .seed(6)
            .updater(updater)
            .list()
            .layer(new ConvolutionLayer.Builder(5, 5).stride(2, 2).nOut(4).build())
            .layer(new BatchNormalization())
            .layer(softmax())
            .setInputType(InputType.convolutional(28, 28, 1))
            .build());
  }

  /** The same kind of network as a graph. */
  public static ModelConfiguration graph() {
    return ModelConfiguration.of(
        new NeuralNetConfiguration.Builder()
            .seed(7)
            .updater(new Nesterovs(0.05, 0.9))
            .graphBuilder()
            .addInputs("image")
            .setInputTypes(InputType.convolutional(28, 28, 1))
            .addLayer(
                "conv", new ConvolutionLayer.Builder(5, 5).stride(2, 2).nOut(6).build(), "image")
            .addLayer("pool", new GlobalPoolingLayer(PoolingType.AVG), "conv")
            .addLayer("softmax", softmax(), "pool")
            .setOutputs("softmax")
            .build());
  }

  private static OutputLayer softmax() {
    return new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build();
  }
}
