package tributary.worker.features;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import tributary.datasets.Checks;

/**
 * Which vectors are taken of each example. Sent.
 *
 * @param layers names of the layers whose activations they are, each once
 * @param pooling what becomes of the activations of images
 * @param norm to which vectors are scaled
 */
public record FeatureSettings(List<String> layers, Pooling pooling, Norm norm)
    implements Serializable {
  /** How an image's channels become numbers. */
  public enum Pooling {
    /** All of their values, channel after channel, row after row. */
    NONE,
    /** The mean of each channel. */
    AVERAGE
  }

  /** How long vectors are. */
  public enum Norm {
    /** As long as the layer makes them. */
    NONE,
    /** All of Euclidean length 1, but for those of zeros, which stay. */
    L2
  }

  /** Keeps an own copy of the layers. */
  public FeatureSettings {
    layers = List.copyOf(layers);
    Checks.argument(!layers.isEmpty(), "no layer whose activations are wanted");
    Objects.requireNonNull(pooling, "pooling");
    Objects.requireNonNull(norm, "norm");
  }
}
