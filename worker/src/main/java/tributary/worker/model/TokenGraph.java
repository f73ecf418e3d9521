package tributary.worker.model;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;

/** A graph over tokens that is being built, one layer over the other. */
final class TokenGraph {
  private static final String TOKENS = "tokens";

  private final GraphBuilder graph;
  private String last;

  /** Begins with a vector of length {@code width} for each token. */
  TokenGraph(ModelOptions options, int width) {
    ModelInput.Tokens tokens = options.tokens();
    graph =
        options
            .builder()
            .weightInit(WeightInit.XAVIER)
            .graphBuilder()
            .addInputs(TOKENS)
            .setInputTypes(RecurrentParts.inputType(tokens));
    last = TOKENS;
    layer("embedding", RecurrentParts.embedding(tokens, width));
  }

  /** Adds a layer. */
  TokenGraph layer(String name, Layer layer) {
    graph.addLayer(name, layer, last);
    last = name;
    return this;
  }

  /**
   * Adds one LSTM forwards and one backwards side by side, {@code units} of each: Graves and
   * Schmidhuber, "Framewise phoneme classification with bidirectional LSTM and other neural network
   * architectures", Neural Networks 18(5-6), 2005.
   *
   * <p>Each sequence is turned round within its own length. DL4J's Bidirectional turns padding,
   * too, and its LSTM overlooks masks: what it tells of a sequence would depend on the longest one
   * of its minibatch.
   *
   * @param kept of what they read, as {@link ModelOptions#kept} has it
   */
  TokenGraph bidirectional(String name, int units, double kept) {
    String forwards = name + "/forwards";
    String reversed = name + "/reversed";
    String backwards = name + "/backwards";
    String turned = name + "/turned";
    String both = name + "/both";
    graph
        .addLayer(forwards, RecurrentParts.lstm(forwards, units, kept), last)
        .addVertex(reversed, new ReverseTimeSeriesVertex(TOKENS), last)
        .addLayer(backwards, RecurrentParts.lstm(backwards, units, kept), reversed)
        .addVertex(turned, new ReverseTimeSeriesVertex(TOKENS), backwards)
        .addVertex(both, new MergeVertex(), forwards, turned);
    last = both;
    return layer(name, new ActivationLayer.Builder().activation(Activation.IDENTITY).build());
  }

  /** The whole, whose output is the last layer. */
  ModelConfiguration build() {
    return ModelConfiguration.of(graph.setOutputs(last).build());
  }
}
