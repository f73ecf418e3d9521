package tributary.datasets.minibatch;

import java.util.Arrays;

/** Example numbers that follow each other: their examples can be read at once. */
final class Runs {
  private Runs() {}

  /**
   * Where runs begin, and at last the count of the numbers. None is longer than a fair share of the
   * threads that load them.
   *
   * @param threads at least 1
   */
  static int[] starts(long[] numbers, int threads) {
    int longest = Math.floorDiv(numbers.length + threads - 1, threads);
    int[] starts = new int[numbers.length + 1];
    int runs = 0;
    for (int i = 0; i < numbers.length; i++) {
      boolean follows = i > 0 && numbers[i] == numbers[i - 1] + 1;
      if (!follows || i - starts[runs - 1] == longest) {
        starts[runs++] = i;
      }
    }
    starts[runs] = numbers.length;
    return Arrays.copyOf(starts, runs + 1);
  }
}
