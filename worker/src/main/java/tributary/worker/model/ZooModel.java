package tributary.worker.model;

import java.util.Set;
import tributary.datasets.shard.ImageShape;
import tributary.worker.model.ModelVariant.Option;

/** A network of the literature: one small class each, found by name in {@link Zoo}. */
interface ZooModel {
  /** What it usually takes; other input must be of the same kind. */
  ModelInput usualInput();

  /** How many classes it usually tells apart. */
  int usualClasses();

  /** What of it can be chosen. */
  Set<Option> options();

  /** The configuration for the given input and classes; only chosen is what can be. */
  ModelConfiguration configuration(ModelOptions options);

  /** A network of images, published for ImageNet's. */
  interface OfPhotos extends ZooModel {
    @Override
    default ModelInput usualInput() {
      return new ModelInput.Images(new ImageShape(3, 224, 224));
    }

    @Override
    default int usualClasses() {
      return 1000;
    }
  }

  /** A network of images, published for MNIST's. */
  interface OfDigits extends ZooModel {
    @Override
    default ModelInput usualInput() {
      return new ModelInput.Images(new ImageShape(1, 28, 28));
    }

    @Override
    default int usualClasses() {
      return 10;
    }
  }

  /** A network of sequences of tokens. */
  interface OfTokens extends ZooModel {
    @Override
    default ModelInput usualInput() {
      return new ModelInput.Tokens(20_000, 64);
    }

    @Override
    default int usualClasses() {
      return 10;
    }
  }
}
