package tributary.worker.engine;

import tributary.datasets.Checks;

/**
 * What a layer gives for a minibatch, in evaluation mode; not copied.
 *
 * @param layer the layer's name
 * @param values row-major, in 32 bits
 * @param shape examples first: {@code {size, features}}, {@code {size, features, steps}} of
 *     sequences, {@code {size, channels, height, width}} of images; where a layer takes the steps
 *     of sequences for examples, {@code {steps * size, features}}, the first steps of all examples
 *     before all second ones
 */
@SuppressWarnings("ArrayRecordComponent") // hot path; never compared
public record Activations(String layer, float[] values, long[] shape) {
  /** Refuses values that do not fit the shape. */
  public Activations {
    long expected = 1;
    for (long size : shape) {
      expected = Math.multiplyExact(expected, size);
    }
    Checks.argument(
        values.length == expected,
        "activations of layer %s: expected %d values, got %d",
        layer,
        expected,
        values.length);
  }
}
