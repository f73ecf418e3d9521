package tributary.datasets.minibatch;

import java.io.IOException;
import java.util.Arrays;
import tributary.datasets.augment.Mixing;

/**
 * Mixes the examples of minibatches and softens their labels: a function of the run's seed, the
 * epoch, and which examples a minibatch holds. Not changed after construction: safe for threads.
 */
final class ExampleMixer {
  /** Values of each example that are mixed at a time: as many as stay in a processor's cache. */
  private static final int STRETCH = 4096;

  private final Preprocessing preprocessing;
  private final Mixing mixing;

  ExampleMixer(Preprocessing preprocessing) {
    this.preprocessing = preprocessing;
    this.mixing = preprocessing.pipeline().mixing();
  }

  /**
   * Changes the features in place; the labels stay what the examples are.
   *
   * @param minibatch of images that a pipeline has made
   * @param threads that share the work; any number of them comes to the same
   * @return the minibatch, with soft labels if there are any
   */
  Minibatch mix(Minibatch minibatch, SideBySide threads) throws IOException {
    if (!mixing.softensLabels() || minibatch.isEmpty()) {
      return minibatch;
    }
    if (!mixing.mixesExamples()) {
      int[] themselves = new int[minibatch.size()];
      Arrays.setAll(themselves, i -> i);
      return minibatch.with(softLabels(minibatch, themselves, 1));
    }
    long seed = preprocessing.seedOf(minibatch.numbers());
    float share = (float) mixing.share(seed);
    int[] partners = mixing.partners(minibatch.size(), seed);
    mixFeatures(minibatch.features(), partners, share, threads);
    return minibatch.with(softLabels(minibatch, partners, share));
  }

  /** All threads go through all examples, each through other values of them. */
  static void mixFeatures(float[] features, int[] partners, float share, SideBySide threads)
      throws IOException {
    int values = features.length / partners.length;
    int stretches = Math.floorDiv(values + STRETCH - 1, STRETCH);
    int[] starts = cycleStarts(partners);
    threads.run(
        stretches,
        stretch -> {
          int from = stretch * STRETCH;
          int length = Math.min(STRETCH, values - from);
          float[] first = new float[length];
          for (int start : starts) {
            System.arraycopy(features, start * values + from, first, 0, length);
            int row = start;
            for (; partners[row] != start; row = partners[row]) {
              int at = row * values + from;
              mix(features, at, features, partners[row] * values + from, length, share);
            }
            mix(features, row * values + from, first, 0, length, share);
          }
        });
  }

  private static void mix(
      float[] into, int at, float[] other, int otherAt, int length, float share) {
    float rest = 1 - share;
    for (int i = 0; i < length; i++) {
      into[at + i] = share * into[at + i] + rest * other[otherAt + i];
    }
  }

  /** One example of each cycle of the permutation but for those that stay in their place. */
  private static int[] cycleStarts(int[] partners) {
    boolean[] seen = new boolean[partners.length];
    int[] starts = new int[partners.length];
    int count = 0;
    for (int i = 0; i < partners.length; i++) {
      if (!seen[i] && partners[i] != i) {
        starts[count++] = i;
        for (int row = i; !seen[row]; row = partners[row]) {
          seen[row] = true;
        }
      }
    }
    return Arrays.copyOf(starts, count);
  }

  private float[] softLabels(Minibatch minibatch, int[] partners, float share) {
    int classes = minibatch.classes();
    float own = (float) (1 - mixing.smoothing());
    float[] shares = new float[Math.multiplyExact(minibatch.size(), classes)];
    Arrays.fill(shares, (float) (mixing.smoothing() / classes));
    for (int i = 0; i < partners.length; i++) {
      shares[i * classes + minibatch.labels()[i]] += own * share;
      shares[i * classes + minibatch.labels()[partners[i]]] += own * (1 - share);
    }
    return shares;
  }
}
