package tributary.datasets;

import java.util.SplittableRandom;

/**
 * Random streams derived from one run seed by name: {@code Seeds.random(seed, epoch, window)}.
 *
 * <p>The mixing step is the output function of SplitMix64 (Steele, Lea and Flood, "Fast Splittable
 * Pseudorandom Number Generators", OOPSLA 2014, with the constants of {@code mix64} in section 4).
 * Where the paper adds one constant a step, a step here also takes in one part.
 */
public final class Seeds {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private Seeds() {}

  /**
   * One seed out of several numbers; their order and their count matter.
   *
   * @param parts any numbers, for example run seed, epoch, replica
   */
  public static long mix(long... parts) {
    long state = GOLDEN_GAMMA;
    for (long part : parts) {
      state = mix64((state ^ part) + GOLDEN_GAMMA);
    }
    return state;
  }

  /** A generator that starts from {@link #mix}: same parts, same numbers. */
  public static SplittableRandom random(long... parts) {
    return new SplittableRandom(mix(parts));
  }

  private static long mix64(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** The numbers {@code 0..size-1} in random order, each order as likely as any other. */
  public static int[] permutation(int size, SplittableRandom random) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
