package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.DEPTH;
import static tributary.worker.model.ModelVariant.Option.DROPOUT;
import static tributary.worker.model.ModelVariant.Option.WIDTH;

import java.util.Set;

/**
 * One class for each token of a sequence: bidirectional LSTMs and a softmax at every step, the
 * BI-LSTM of Huang et al., "Bidirectional LSTM-CRF Models for Sequence Tagging", arXiv:1508.01991,
 * section 2.2, with the dropout of Ma and Hovy, arXiv:1603.01354, section 3.2. Padding changes
 * nothing.
 *
 * <p>{@code width} (128) is the length of a token's vector and the units of either direction,
 * {@code depth} (1) the number of layers, {@code dropout} (0.5) is between all of them.
 */
final class LstmTagger implements ZooModel.OfTokens {
  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(WIDTH, DEPTH, DROPOUT);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    int width = options.variant().width().orElse(128);
    double kept = options.kept(0.5);
    TokenGraph graph = new TokenGraph(options, width);
    for (int i = 1; i <= options.variant().depth().orElse(1); i++) {
      graph.bidirectional("lstm" + i, width, kept);
    }
    return graph.layer("output", RecurrentParts.outputOfSteps(options.classes(), kept)).build();
  }
}
