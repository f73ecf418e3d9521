package tributary.driver.round;

import java.nio.FloatBuffer;
import java.util.Comparator;
import java.util.List;
import tributary.datasets.Checks;

/**
 * The mean of one slice over the replicas, weighted by examples: summed in replica order, in
 * double, so that neither arrival order nor the cut into slices shows in the result.
 */
final class SliceAverager {
  private SliceAverager() {}

  /**
   * Averages.
   *
   * @param blocks the same slice of every replica that trained, in any order
   */
  static byte[] average(List<SliceBlock> blocks) {
    List<SliceBlock> ordered =
        blocks.stream().sorted(Comparator.comparingInt(SliceBlock::replica)).toList();
    long examples = ordered.stream().mapToLong(SliceBlock::examples).sum();
    Checks.argument(examples > 0, "an average needs at least one trained example");
    double[] sum = new double[ordered.get(0).floats().length / Float.BYTES];
    for (SliceBlock block : ordered) {
      addTo(sum, block);
    }
    byte[] mean = new byte[sum.length * Float.BYTES];
    FloatBuffer out = StateSlices.floats(mean);
    for (double value : sum) {
      out.put((float) (value / examples));
    }
    return mean;
  }

  private static void addTo(double[] sum, SliceBlock block) {
    FloatBuffer in = StateSlices.floats(block.floats());
    Checks.argument(
        in.remaining() == sum.length,
        "replica %d sent %d values of a slice, others %d",
        block.replica(),
        in.remaining(),
        sum.length);
    double weight = block.examples();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * in.get(i);
    }
  }
}
