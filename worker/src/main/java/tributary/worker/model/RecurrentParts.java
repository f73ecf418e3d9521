package tributary.worker.model;

import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * What recurrent networks are made of. Dropout is of what a layer reads, never between steps, after
 * Zaremba et al., "Recurrent Neural Network Regularization", arXiv:1409.2329; it is not a layer of
 * its own, since DL4J's takes the mask of sequences for one of rows.
 */
final class RecurrentParts {
  /** Of the vectors that tokens start with. */
  private static final double EMBEDDING_SPREAD = 0.1;

  private RecurrentParts() {}

  /** A vector for each token: {@code [size][width][steps]}. */
  static EmbeddingSequenceLayer embedding(ModelInput.Tokens tokens, int width) {
    return new EmbeddingSequenceLayer.Builder()
        .name("embedding")
        .nIn(tokens.vocabulary())
        .nOut(width)
        .weightInit(new NormalDistribution(0, EMBEDDING_SPREAD))
        .activation(Activation.IDENTITY)
        .build();
  }

  /** What such networks read. */
  static InputType inputType(ModelInput.Tokens tokens) {
    return InputType.recurrent(tokens.vocabulary(), tokens.length());
  }

  /**
   * Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997, with the
   * forget gates of Gers et al., "Learning to Forget", Neural Computation 12(10), 2000, which start
   * open.
   *
   * @param kept of its input, as {@link ModelOptions#kept} has it
   */
  static LSTM lstm(String name, int units, double kept) {
    return new LSTM.Builder()
        .name(name)
        .nOut(units)
        .activation(Activation.TANH)
        .weightInit(WeightInit.XAVIER)
        .dropOut(kept)
        .build();
  }

  /** One class for each example. */
  static OutputLayer output(int classes, double kept) {
    return new OutputLayer.Builder(LossFunction.MCXENT)
        .name("output")
        .nOut(classes)
        .activation(Activation.SOFTMAX)
        .dropOut(kept)
        .build();
  }

  /** One class for each step. */
  static RnnOutputLayer outputOfSteps(int classes, double kept) {
    return new RnnOutputLayer.Builder(LossFunction.MCXENT)
        .name("output")
        .nOut(classes)
        .activation(Activation.SOFTMAX)
        .dropOut(kept)
        .build();
  }
}
