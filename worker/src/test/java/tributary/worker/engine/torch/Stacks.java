package tributary.worker.engine.torch;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import tributary.worker.model.Nd4jRuntime;

/** Small networks for tests. */
final class Stacks {
  static {
    Nd4jRuntime.load(); // before DL4J does, in its own way
    Nd4j.ones(1).dup(); // what ND4J keeps from then on, a test's scope would free
  }

  private Stacks() {}

  /** Layers with a softmax of four classes after them; activations are tanh unless told. */
  static MultiLayerConfiguration of(IUpdater updater, InputType input, Layer... layers) {
    Layer[] all = new Layer[layers.length + 1];
    System.arraycopy(layers, 0, all, 0, layers.length);
    all[layers.length] = output(0);
    return ending(updater, input, all);
  }

  /**
   * A softmax of four classes.
   *
   * @param features of the layer before; 0 if the input type will tell
   */
  static OutputLayer output(int features) {
    return new OutputLayer.Builder().nIn(features).nOut(4).activation(Activation.SOFTMAX).build();
  }

  /**
   * Layers of which the last one is the output.
   *
   * @param input null if all layers know their sizes, and no preprocessors are wanted
   */
  static MultiLayerConfiguration ending(IUpdater updater, InputType input, Layer... layers) {
    var list =
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(updater)
            .activation(Activation.TANH)
            .list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    return input == null ? list.build() : list.setInputType(input).build();
  }
}
