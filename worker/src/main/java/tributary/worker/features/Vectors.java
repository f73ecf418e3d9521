package tributary.worker.features;

import java.util.Arrays;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.Activations;
import tributary.worker.features.FeatureSettings.Norm;
import tributary.worker.features.FeatureSettings.Pooling;

/**
 * From a layer's activations to one vector for each example. Of images all values in the order of
 * channels, rows and columns, or the mean of each channel; of sequences what the layer gives at the
 * last step that is no padding.
 */
final class Vectors {
  private static final int SEQUENCES = 3;

  private final Activations activations;
  private final Minibatch minibatch;
  private final int rows;

  /**
   * The vectors of a layer.
   *
   * @param minibatch whose rows it saw
   */
  Vectors(Activations activations, Minibatch minibatch) {
    this.activations = activations;
    this.minibatch = minibatch;
    this.rows = minibatch.size();
    Checks.argument(
        activations.shape()[0] % rows == 0,
        "layer %s gives %d rows for %d examples: it has no vector for each",
        activations.layer(),
        activations.shape()[0],
        rows);
  }

  /** The vector of one row of the minibatch. */
  float[] of(int row, Pooling pooling) {
    long[] shape = activations.shape();
    int values = activations.values().length;
    if (shape[0] > rows) { // steps as examples
      int length = (int) (values / shape[0]);
      int steps = (int) (shape[0] / rows);
      int from = (last(row, steps) * rows + row) * length;
      return Arrays.copyOfRange(activations.values(), from, from + length);
    }
    int length = values / rows;
    int from = row * length;
    if (shape.length == SEQUENCES) {
      int steps = (int) shape[2];
      return everyNth(from + last(row, steps), steps, (int) shape[1]);
    }
    if (shape.length > SEQUENCES && pooling == Pooling.AVERAGE) {
      return means(from, (int) shape[1], length / (int) shape[1]);
    }
    return Arrays.copyOfRange(activations.values(), from, from + length);
  }

  /** The mean of several looks at one example. */
  static float[] mean(float[][] looks) {
    if (looks.length == 1) {
      return looks[0];
    }
    float[] mean = new float[looks[0].length];
    for (int i = 0; i < mean.length; i++) {
      double sum = 0;
      for (float[] look : looks) {
        sum += look[i];
      }
      mean[i] = (float) (sum / looks.length);
    }
    return mean;
  }

  /** Scales a vector, which is changed. */
  static float[] scaled(float[] vector, Norm norm) {
    if (norm == Norm.NONE) {
      return vector;
    }
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double length = Math.sqrt(squares);
    for (int i = 0; i < vector.length && length > 0; i++) {
      vector[i] = (float) (vector[i] / length);
    }
    return vector;
  }

  /** The last step of a sequence that is no padding; the last of all where nothing is filled up. */
  private int last(int row, int steps) {
    int last = steps - 1;
    if (minibatch.masks() != null && minibatch.masks().steps().length == rows * steps) {
      while (last > 0 && minibatch.masks().steps()[row * steps + last] == 0) {
        last--;
      }
    }
    return last;
  }

  private float[] everyNth(int from, int step, int count) {
    float[] vector = new float[count];
    for (int i = 0; i < count; i++) {
      vector[i] = activations.values()[from + i * step];
    }
    return vector;
  }

  private float[] means(int from, int channels, int pixels) {
    float[] means = new float[channels];
    for (int channel = 0; channel < channels; channel++) {
      double sum = 0;
      for (int pixel = 0; pixel < pixels; pixel++) {
        sum += activations.values()[from + channel * pixels + pixel];
      }
      means[channel] = (float) (sum / pixels);
    }
    return means;
  }
}
