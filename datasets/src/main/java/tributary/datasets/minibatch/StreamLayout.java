package tributary.datasets.minibatch;

import tributary.datasets.Checks;
import tributary.datasets.text.ContiguousStreams;

/**
 * In which order the windows of a long text are read: {@code group} lanes side by side in a
 * minibatch, {@code run} windows of these in a row, then those of the next group, and when all
 * groups are through, the next windows of the first. So a replica that takes {@code run} steps a
 * round reads on in its own lanes.
 *
 * <p>The number of a window is {@code window * lanes + lane}: that of the same lane's next one is
 * {@code lanes} more.
 *
 * @param streams the text, cut into lanes and windows
 * @param group lanes of a minibatch; a divisor of all lanes
 * @param run windows that a group reads in a row, at least 1
 */
public record StreamLayout(ContiguousStreams streams, int group, int run) {
  /** Windows that a lane has at least in evaluation, if the text is long enough. */
  private static final int EVALUATED_WINDOWS = 50;

  /** Refuses values that do not fit the description above. */
  public StreamLayout {
    Checks.argument(
        group >= 1 && streams.lanes() % group == 0,
        "groups of %d lanes do not make up %d lanes",
        group,
        streams.lanes());
    Checks.argument(run >= 1, "run must be >= 1, got %d", run);
  }

  /**
   * The layout of an epoch of training.
   *
   * @param tokens of the text, at least 2
   * @param steps of a window
   */
  public static StreamLayout ofTraining(
      long tokens, int steps, int replicas, int localSteps, int minibatchSize) {
    int lanes = Math.multiplyExact(replicas, minibatchSize);
    return new StreamLayout(new ContiguousStreams(tokens, lanes, steps), minibatchSize, localSteps);
  }

  /**
   * The layout that a text is measured by: long lanes, so that few windows have nothing before
   * them, and each group's windows all in a row.
   *
   * @param most lanes of a minibatch
   */
  public static StreamLayout ofEvaluation(long tokens, int steps, int most) {
    long lanes = Math.max(1, tokens / ((long) steps * EVALUATED_WINDOWS));
    int group = (int) Math.min(most, lanes);
    int all = Math.toIntExact(lanes / group * group);
    ContiguousStreams streams = new ContiguousStreams(tokens, all, steps);
    return new StreamLayout(streams, group, Math.toIntExact(streams.windows()));
  }

  /** How many windows there are to read. */
  public long places() {
    return Math.multiplyExact(streams.windows(), (long) streams.lanes());
  }

  /** The number of the window that is read at a place, {@code 0..places()-1}. */
  public long number(long place) {
    long block = place / ((long) streams.lanes() * run);
    long inBlock = place % ((long) streams.lanes() * run);
    long windows = Math.min(run, streams.windows() - block * run);
    long inGroup = inBlock % (windows * group);
    long window = block * run + inGroup / group;
    return window * streams.lanes() + inBlock / (windows * group) * group + inGroup % group;
  }
}
