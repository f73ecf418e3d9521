package tributary.worker.model;

import java.io.Serializable;
import tributary.datasets.Checks;

/**
 * How gradients are kept from exploding: Pascanu, Mikolov and Bengio, "On the difficulty of
 * training Recurrent Neural Networks", arXiv:1211.5063, algorithm 1. Comes before what the
 * network's configuration does to gradients, penalties are not in it, and statistics of layers are
 * left alone. Sent.
 *
 * @param norm the largest Euclidean norm of the gradient of a replica's minibatch, over all
 *     parameters together; a longer one is shortened to it. 0 for any
 * @param value the largest absolute value of each of its elements; 0 for any
 */
public record GradientClip(double norm, double value) implements Serializable {
  /** Leaves gradients alone. */
  public static final GradientClip NONE = new GradientClip(0, 0);

  /** Checks the ranges. */
  public GradientClip {
    Checks.argument(norm >= 0, "norm must be >= 0, got %s", norm);
    Checks.argument(value >= 0, "value must be >= 0, got %s", value);
    Checks.argument(
        norm == 0 || value == 0, "clip by norm or by value, got both: %s and %s", norm, value);
  }
}
