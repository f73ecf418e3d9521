package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.DEPTH;
import static tributary.worker.model.ModelVariant.Option.DROPOUT;
import static tributary.worker.model.ModelVariant.Option.WIDTH;

import java.util.Set;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;

/**
 * One class for each sequence of tokens: bidirectional LSTMs, of whose outputs the largest over all
 * steps remain; Conneau et al., "Supervised Learning of Universal Sentence Representations from
 * Natural Language Inference Data", arXiv:1705.02364, section 3.2.2. Padding changes nothing.
 *
 * <p>{@code width} (64) is the length of a token's vector and the units of either direction, {@code
 * depth} (1) the number of layers, {@code dropout} (0.5) is between all of them.
 */
final class LstmClassifier implements ZooModel.OfTokens {
  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(WIDTH, DEPTH, DROPOUT);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    int width = options.variant().width().orElse(64);
    double kept = options.kept(0.5);
    TokenGraph graph = new TokenGraph(options, width);
    for (int i = 1; i <= options.variant().depth().orElse(1); i++) {
      graph.bidirectional("lstm" + i, width, kept);
    }
    return graph
        .layer("pool", new GlobalPoolingLayer(PoolingType.MAX))
        .layer("output", RecurrentParts.output(options.classes(), kept))
        .build();
  }
}
