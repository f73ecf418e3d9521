package tributary.worker.model;

import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;

/**
 * A minibatch as DL4J takes it.
 *
 * @param features in the minibatch's shape
 * @param labels {@code [size][classes]}, or {@code [size][classes][steps]} for a label at each step
 * @param mask of the steps, {@code [size][steps]}; null if all count
 * @param labelMask {@code [size][labels of an example]}; null if all count, since DL4J takes the
 *     mask of a single label for one of outputs
 */
public record MinibatchArrays(INDArray features, INDArray labels, INDArray mask, INDArray labelMask)
    implements AutoCloseable {
  /** Copies a minibatch; the caller closes it. */
  public static MinibatchArrays of(Minibatch batch) {
    long[] shape = Arrays.stream(batch.shape()).asLongStream().toArray();
    boolean soft = batch.softLabels() != null;
    INDArray labels = Nd4j.createFromArray(soft ? batch.softLabels() : oneHot(batch));
    int each = batch.labelsPerExample();
    return new MinibatchArrays(
        Nd4j.createFromArray(batch.features()).reshape('c', shape),
        batch.isLabelledByStep()
            ? labels.reshape('c', batch.size(), batch.classes(), each)
            : labels.reshape('c', batch.size(), batch.classes()),
        batch.masks() == null
            ? null
            : Nd4j.createFromArray(batch.masks().steps()).reshape('c', batch.size(), shape[2]),
        batch.countedLabels() == batch.labels().length
            ? null
            : Nd4j.createFromArray(batch.masks().labels()).reshape('c', batch.size(), each));
  }

  /** All of it, not copied. */
  DataSet dataSet() {
    return new DataSet(features, labels, mask, labelMask);
  }

  @Override
  public void close() {
    features.close();
    labels.close();
    if (mask != null) {
      mask.close();
    }
    if (labelMask != null) {
      labelMask.close();
    }
  }

  private static float[] oneHot(Minibatch batch) {
    int[] labels = batch.labels();
    int steps = batch.labelsPerExample();
    float[] values = new float[Math.multiplyExact(labels.length, batch.classes())];
    for (int i = 0; i < labels.length; i++) {
      Checks.argument(
          labels[i] >= 0 && labels[i] < batch.classes(),
          "label %d of example %d is not one of %d classes",
          labels[i],
          i / steps,
          batch.classes());
      values[(i / steps * batch.classes() + labels[i]) * steps + i % steps] = 1;
    }
    return values;
  }
}
