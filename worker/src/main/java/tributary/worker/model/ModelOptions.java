package tributary.worker.model;

import java.util.Objects;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.weights.WeightInit;
import tributary.datasets.Checks;
import tributary.datasets.shard.ImageShape;

/**
 * What a zoo model is built for.
 *
 * @param input the examples
 * @param classes number of classes, &gt;= 2: of an example, or of each step where the network tells
 *     one for every step
 * @param seed of the initial parameters
 * @param optimizer the update rule of every layer
 * @param variant how the network departs from its paper
 */
public record ModelOptions(
    ModelInput input, int classes, long seed, OptimizerSettings optimizer, ModelVariant variant) {
  /** Checks the ranges. */
  public ModelOptions {
    Checks.argument(classes >= 2, "a classifier needs >= 2 classes, got %d", classes);
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(optimizer, "optimizer");
    Objects.requireNonNull(variant, "variant");
  }

  /** A network as published. */
  public ModelOptions(ModelInput input, int classes, long seed, OptimizerSettings optimizer) {
    this(input, classes, seed, optimizer, ModelVariant.PUBLISHED);
  }

  /** The images, of a network that takes them. */
  ImageShape image() {
    return ((ModelInput.Images) input).shape();
  }

  /** The tokens, of a network that takes them. */
  ModelInput.Tokens tokens() {
    return (ModelInput.Tokens) input;
  }

  /**
   * The share of values that dropout keeps, as DL4J tells it: 0 where there is no dropout.
   *
   * @param published the share that the network's paper drops
   */
  double kept(double published) {
    double dropped = variant.dropout().orElse(published);
    return dropped == 0 ? 0 : 1 - dropped;
  }

  /**
   * What all zoo models begin with: the seed, the optimizer, and the initial weights of He et al.,
   * "Delving Deep into Rectifiers", arXiv:1502.01852, equation 10.
   */
  NeuralNetConfiguration.Builder builder() {
    return new NeuralNetConfiguration.Builder()
        .seed(seed)
        .updater(optimizer.updater())
        .l2(optimizer.weightDecay())
        .weightInit(WeightInit.RELU);
  }
}
