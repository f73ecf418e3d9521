package tributary.worker.model;

import tributary.datasets.Checks;
import tributary.datasets.shard.ImageShape;

/**
 * What a zoo model is built for.
 *
 * @param input the images' channels, height and width
 * @param classes number of classes, &gt;= 2
 * @param seed of the initial parameters
 * @param optimizer the update rule of every layer
 */
public record ModelOptions(ImageShape input, int classes, long seed, OptimizerSettings optimizer) {
  /** Checks the ranges. */
  public ModelOptions {
    Checks.argument(classes >= 2, "a classifier needs >= 2 classes, got %d", classes);
  }
}
