package tributary.worker.model;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration.ListBuilder;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * What recurrent networks are made of. Dropout is put between layers, never between steps, after
 * Zaremba et al., "Recurrent Neural Network Regularization", arXiv:1409.2329.
 */
final class RecurrentParts {
  /** Of the vectors that tokens start with. */
  private static final double EMBEDDING_SPREAD = 0.1;

  private RecurrentParts() {}

  /** A vector for each token: {@code [size][width][steps]}, then dropout. */
  static ListBuilder embedding(ModelOptions options, int width, double kept) {
    ModelInput.Tokens tokens = options.tokens();
    ListBuilder list =
        options
            .builder()
            .weightInit(WeightInit.XAVIER)
            .list()
            .layer(
                new EmbeddingSequenceLayer.Builder()
                    .name("embedding")
                    .nIn(tokens.vocabulary())
                    .nOut(width)
                    .weightInit(new NormalDistribution(0, EMBEDDING_SPREAD))
                    .activation(Activation.IDENTITY)
                    .build());
    list.setInputType(InputType.recurrent(tokens.vocabulary(), tokens.length()));
    return dropout(list, kept);
  }

  /** Dropout, unless nothing is dropped; see {@link ModelOptions#kept}. */
  static ListBuilder dropout(ListBuilder list, double kept) {
    return kept == 0 ? list : list.layer(new DropoutLayer.Builder(kept).build());
  }

  /**
   * Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997, with the
   * forget gates of Gers et al., "Learning to Forget", Neural Computation 12(10), 2000, which start
   * open.
   */
  static LSTM lstm(String name, int units) {
    return lstm(name, units, 0);
  }

  /** The same with dropout of its input; see {@link ModelOptions#kept}. */
  static LSTM lstm(String name, int units, double kept) {
    return new LSTM.Builder()
        .name(name)
        .nOut(units)
        .activation(Activation.TANH)
        .weightInit(WeightInit.XAVIER)
        .dropOut(kept)
        .build();
  }

  /**
   * One LSTM forwards and one backwards side by side, {@code units} of each: Graves and
   * Schmidhuber, "Framewise phoneme classification with bidirectional LSTM and other neural network
   * architectures", Neural Networks 18(5-6), 2005.
   */
  static Bidirectional bidirectional(String name, int units) {
    Bidirectional both = new Bidirectional(Bidirectional.Mode.CONCAT, lstm(name, units));
    both.setLayerName(name);
    return both;
  }

  /** One class for each example. */
  static OutputLayer output(int classes) {
    return new OutputLayer.Builder(LossFunction.MCXENT)
        .name("output")
        .nOut(classes)
        .activation(Activation.SOFTMAX)
        .build();
  }

  /** One class for each step. */
  static RnnOutputLayer outputOfSteps(int classes) {
    return new RnnOutputLayer.Builder(LossFunction.MCXENT)
        .name("output")
        .nOut(classes)
        .activation(Activation.SOFTMAX)
        .build();
  }
}
