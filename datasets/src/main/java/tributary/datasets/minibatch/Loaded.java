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
 */
record Loaded(Minibatch minibatch, List<BadExample> leftOut) {
  /**
   * Takes out the rows of bad examples.
   *
   * @param all rows, those of bad examples of any content
   * @param bad {@code [examples]}, null where an example is good
   * @param views rows of each example
   */
  static Loaded of(Minibatch all, BadExample[] bad, int views) {
    List<BadExample> leftOut = Arrays.stream(bad).filter(Objects::nonNull).toList();
    return leftOut.isEmpty()
        ? new Loaded(all, leftOut)
        : new Loaded(
            rows(all, IntStream.range(0, all.size()).filter(row -> bad[row / views] == null)),
            leftOut);
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
