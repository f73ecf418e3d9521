package tributary.datasets.text;

import tributary.datasets.Checks;

/**
 * Where a language model reads a long text: the text is cut into lanes, one for each sequence of a
 * minibatch, and a lane into windows, one for each step of the optimizer. A window goes on where
 * the lane's window before it ended, so a network that keeps its state from one to the next sees
 * each lane as one text.
 *
 * <p>The token at a place is to tell the one after it; so every token but the last is read once,
 * and every token but the first is told once.
 *
 * @param tokens of the text, at least 2
 * @param lanes that read side by side: of all replicas together, at least 1
 * @param steps of a window, at least 1
 */
public record ContiguousStreams(long tokens, int lanes, int steps) {
  /** Refuses values that do not fit the description above. */
  public ContiguousStreams {
    Checks.argument(
        tokens >= 2, "a text must have a token and one after it to be told, got %d", tokens);
    Checks.argument(
        lanes >= 1 && steps >= 1, "lanes and steps must be >= 1, got %d and %d", lanes, steps);
  }

  /** Windows of every lane. The lane's state is carried into each but the first. */
  public long windows() {
    long longest = -Math.floorDiv(-(tokens - 1), (long) lanes);
    return -Math.floorDiv(-longest, (long) steps);
  }

  /**
   * The place in the text of the first token that a lane reads in a window; its labels begin one
   * place further.
   *
   * @param lane {@code 0..lanes-1}
   * @param window {@code 0..windows()-1}
   */
  public long first(int lane, long window) {
    Checks.argument(
        window >= 0 && window < windows(), "window %d of %d windows", window, windows());
    return Math.min(start(lane) + window * steps, start(lane + 1));
  }

  /**
   * How many tokens a lane reads in a window: {@code steps} but in the last window, where lanes
   * differ by one token, and steps beyond are masked; 0 in a lane that has none at all.
   */
  public int length(int lane, long window) {
    return (int) Math.min(steps, start(lane + 1) - first(lane, window));
  }

  private long start(int lane) {
    Checks.argument(lane >= 0 && lane <= lanes, "lane %d of %d lanes", lane, lanes);
    return Math.multiplyExact(tokens - 1, (long) lane) / lanes;
  }
}
