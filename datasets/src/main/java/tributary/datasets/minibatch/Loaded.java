package tributary.datasets.minibatch;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import tributary.datasets.shard.BadExample;

/**
 * A minibatch as loaded.
 *
 * @param minibatch of the examples that can be used, in the order asked for; may be empty
 * @param leftOut those that cannot, in the same order
 * @param origins what all of them were, in the same order
 */
record Loaded(Minibatch minibatch, List<BadExample> leftOut, List<Origin> origins) {
  /**
   * One example of them.
   *
   * @param bad why it cannot be used; null if it can
   */
  record One(Origin origin, BadExample bad) {}

  /**
   * Takes out the rows of bad examples.
   *
   * @param all rows, those of bad examples of any content
   * @param each {@code [examples]}
   * @param views rows of each example
   */
  static Loaded of(Minibatch all, One[] each, int views) {
    List<BadExample> leftOut = Arrays.stream(each).map(One::bad).filter(Objects::nonNull).toList();
    List<Origin> origins = Arrays.stream(each).map(One::origin).toList();
    IntStream good = IntStream.range(0, all.size()).filter(row -> each[row / views].bad() == null);
    return new Loaded(leftOut.isEmpty() ? all : rows(all, good), leftOut, origins);
  }

  private static Minibatch rows(Minibatch all, IntStream rows) {
    int[] kept = rows.toArray();
    int values = all.features().length / all.size();
    int labels = all.labelsPerExample();
    int[] shape = all.shape().clone();
    shape[0] = kept.length;
    Minibatch some =
        new Minibatch(
            new long[kept.length],
            new float[kept.length * values],
            shape,
            new int[kept.length * labels],
            all.classes());
    for (int to = 0; to < kept.length; to++) {
      int from = kept[to];
      some.numbers()[to] = all.numbers()[from];
      System.arraycopy(all.features(), from * values, some.features(), to * values, values);
      System.arraycopy(all.labels(), from * labels, some.labels(), to * labels, labels);
    }
    return some;
  }
}
