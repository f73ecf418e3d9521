package tributary.worker.model;

import java.util.Set;
import tributary.worker.model.ModelVariant.Option;

/** A network of the literature: one small class each, found by name in {@link Zoo}. */
interface ZooModel {
  /** The {@link ModelInput#kind()} that it takes. */
  String takes();

  /** What of it can be chosen. */
  Set<Option> options();

  /** The configuration for the given input and classes; only chosen is what can be. */
  ModelConfiguration configuration(ModelOptions options);

  /** A network of images. */
  interface OfImages extends ZooModel {
    @Override
    default String takes() {
      return ModelInput.Images.KIND;
    }
  }

  /** A network of sequences of tokens. */
  interface OfTokens extends ZooModel {
    @Override
    default String takes() {
      return ModelInput.Tokens.KIND;
    }
  }
}
