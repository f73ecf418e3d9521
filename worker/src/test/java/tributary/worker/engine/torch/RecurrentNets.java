package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.Seeds;

/** Small networks over sequences, and minibatches for them; padded steps are zeros. */
final class RecurrentNets {
  static final int FEATURES = 3;
  static final int STEPS = 6;
  static final int CLASSES = 4;
  private static final int EXAMPLES = 4;

  /** Where sequences are padded. */
  enum Padding {
    NOWHERE,
    AFTER,
    BEFORE,
    BETWEEN;

    /** {@code [EXAMPLES, STEPS]}, or null; every example has a step that counts. */
    INDArray mask(long seed) {
      INDArray lengths = Data.lengths(seed, EXAMPLES, STEPS);
      return switch (this) {
        case NOWHERE -> null;
        case AFTER -> lengths;
        case BEFORE -> Nd4j.reverse(lengths.dup()).reshape(EXAMPLES, STEPS);
        case BETWEEN -> holes(seed);
      };
    }

    private static INDArray holes(long seed) {
      SplittableRandom random = Seeds.random(34, seed);
      float[] values = new float[EXAMPLES * STEPS];
      for (int i = 0; i < values.length; i++) {
        values[i] = i % STEPS == 2 || random.nextInt(3) > 0 ? 1 : 0;
      }
      return Nd4j.createFromArray(values).reshape('c', EXAMPLES, STEPS);
    }
  }

  private RecurrentNets() {}

  /** A layer, and an output at each step. */
  static MultiLayerConfiguration perStep(RNNFormat format, Layer... layers) {
    return stack(format, with(layers, new RnnOutputLayer.Builder().nOut(CLASSES).build()));
  }

  /** A layer that ends sequences, and an output. */
  static MultiLayerConfiguration perExample(RNNFormat format, Layer... layers) {
    return stack(
        format,
        with(
            layers,
            new OutputLayer.Builder().nOut(CLASSES).activation(Activation.SOFTMAX).build()));
  }

  static MultiLayerConfiguration stack(RNNFormat format, Layer... layers) {
    var list =
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(new Sgd(0.1))
            .activation(Activation.TANH)
            .list();
    for (Layer layer : layers) {
      list.layer(layer.clone());
    }
    return list.setInputType(InputType.recurrent(FEATURES, STEPS, format)).build();
  }

  /** A class at each step. */
  static IntFunction<MultiDataSet> classPerStep(
      RNNFormat format, Padding features, Padding labels) {
    return step ->
        minibatch(
            features(step, format, features),
            inFormat(Data.oneHot(step, EXAMPLES, CLASSES, STEPS), format),
            features.mask(step),
            labels.mask(step));
  }

  /** A class for each sequence. */
  static IntFunction<MultiDataSet> classPerExample(RNNFormat format, Padding features) {
    return step ->
        minibatch(
            features(step, format, features),
            Data.oneHot(step, EXAMPLES, CLASSES),
            features.mask(step),
            null);
  }

  static MultiDataSet minibatch(INDArray x, INDArray y, INDArray mask, INDArray labelMask) {
    return new MultiDataSet(array(x), array(y), array(mask), array(labelMask));
  }

  private static INDArray features(int step, RNNFormat format, Padding padding) {
    INDArray values = Data.values(step, EXAMPLES, FEATURES, STEPS);
    INDArray mask = padding.mask(step);
    if (mask != null) {
      values.muli(mask.reshape(EXAMPLES, 1, STEPS).broadcast(EXAMPLES, FEATURES, STEPS));
    }
    return inFormat(values, format);
  }

  private static INDArray inFormat(INDArray values, RNNFormat format) {
    return format == RNNFormat.NWC ? values.permute(0, 2, 1).dup('c') : values;
  }

  private static INDArray[] array(INDArray given) {
    return given == null ? null : new INDArray[] {given};
  }

  private static Layer[] with(Layer[] layers, Layer last) {
    Layer[] all = Arrays.copyOf(layers, layers.length + 1);
    all[layers.length] = last;
    return all;
  }
}
