package tributary.driver.exchange;

import java.io.Serializable;
import java.util.List;
import java.util.function.ToIntFunction;
import tributary.worker.model.UpdatePlan.Stretch;

/**
 * Parts of a vector. Sent.
 *
 * @param from index of each part's first value
 * @param to index after its last
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Stretches(int[] from, int[] to) implements Serializable {
  static Stretches of(List<Stretch> parts) {
    return new Stretches(
        indices(parts, part -> Math.toIntExact(part.from())),
        indices(parts, part -> Math.toIntExact(part.to())));
  }

  /** How many values of {@code [start, end)} lie in them. */
  int count(int start, int end) {
    int count = 0;
    for (int i = 0; i < from.length; i++) {
      count += Math.max(0, Math.min(to[i], end) - Math.max(from[i], start));
    }
    return count;
  }

  /** Copies those values of {@code [start, end)} that lie in them, one after the other. */
  float[] pick(float[] vector, int start, int end) {
    float[] picked = new float[count(start, end)];
    int done = 0;
    for (int i = 0; i < from.length; i++) {
      int first = Math.max(from[i], start);
      int length = Math.max(0, Math.min(to[i], end) - first);
      System.arraycopy(vector, first, picked, done, length);
      done += length;
    }
    return picked;
  }

  /** Puts back what {@link #pick} picked. */
  void restore(float[] picked, float[] vector, int start, int end) {
    int done = 0;
    for (int i = 0; i < from.length; i++) {
      int first = Math.max(from[i], start);
      int length = Math.max(0, Math.min(to[i], end) - first);
      System.arraycopy(picked, done, vector, first, length);
      done += length;
    }
  }

  private static int[] indices(List<Stretch> parts, ToIntFunction<Stretch> index) {
    return parts.stream().mapToInt(index).toArray();
  }
}
