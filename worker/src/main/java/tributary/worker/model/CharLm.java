package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.DEPTH;
import static tributary.worker.model.ModelVariant.Option.DROPOUT;
import static tributary.worker.model.ModelVariant.Option.WIDTH;

import java.util.Set;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration.ListBuilder;
import org.deeplearning4j.nn.weights.WeightInit;

/**
 * A language model, of characters or any other tokens: at each step the likelihoods of the next
 * one. LSTMs over each other, after Graves, "Generating Sequences With Recurrent Neural Networks",
 * arXiv:1308.0850, section 2, without its connections past layers. Trained by truncated
 * backpropagation through time: an update after each window of the text, as long as the input's
 * sequences may be, the state carried on.
 *
 * <p>{@code width} (256) is the number of units of each layer and a quarter of it the length of a
 * token's vector, {@code depth} (2) the number of layers, {@code dropout} (0) is between all of
 * them.
 */
final class CharLm implements ZooModel.OfTokens {
  /** Of a text's characters. */
  @Override
  public ModelInput usualInput() {
    return new ModelInput.Tokens(100, 64);
  }

  /** The next one of them. */
  @Override
  public int usualClasses() {
    return 100;
  }

  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(WIDTH, DEPTH, DROPOUT);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    int width = options.variant().width().orElse(256);
    double kept = options.kept(0);
    ListBuilder list =
        options
            .builder()
            .weightInit(WeightInit.XAVIER)
            .list()
            .setInputType(RecurrentParts.inputType(options.tokens()))
            .layer(RecurrentParts.embedding(options.tokens(), Math.max(1, width / 4)));
    for (int i = 1; i <= options.variant().depth().orElse(2); i++) {
      list.layer(RecurrentParts.lstm("lstm" + i, width, kept));
    }
    return ModelConfiguration.of(
        list.layer(RecurrentParts.outputOfSteps(options.classes(), kept))
            .backpropType(BackpropType.TruncatedBPTT)
            .tBPTTLength(options.tokens().length())
            .build());
  }
}
