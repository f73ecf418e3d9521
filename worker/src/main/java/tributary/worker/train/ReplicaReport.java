package tributary.worker.train;

import java.io.Serializable;
import java.util.List;
import tributary.datasets.shard.BadExample;

/**
 * What a replica tells about its part of a round.
 *
 * @param replica which one, {@code 0..replicas-1}
 * @param host where it ran
 * @param examples examples really trained; 0 for an idle replica
 * @param steps minibatches done; each is an optimizer step, but for one without a usable example
 * @param labels labels of theirs that counted: one of an image, of texts perhaps one of each token;
 *     what its part weighs in the average
 * @param lossSum sum over the labels of the loss in nats
 * @param trained which examples they were
 * @param bad examples of its share, as far as it got, that could not be used
 * @param leftOver examples at the end of its share that it did not get to before the deadline
 * @param readSeconds time spent waiting for examples to be read
 * @param decodeSeconds time spent waiting for them to be decoded
 * @param computeSeconds time spent in the engine
 * @param skipped why its part does not count; null if it does. A part that does not count has no
 *     examples and no loss, so that sums over reports tell of what was trained
 */
public record ReplicaReport(
    int replica,
    String host,
    long examples,
    int steps,
    long labels,
    double lossSum,
    Ledger trained,
    List<BadExample> bad,
    long leftOver,
    double readSeconds,
    double decodeSeconds,
    double computeSeconds,
    Skipped skipped)
    implements Serializable {
  /** Keeps an own copy of the list. */
  public ReplicaReport {
    bad = List.copyOf(bad);
  }

  /** The report of a replica that did its whole share, and whose part counts. */
  public ReplicaReport(
      int replica,
      String host,
      long examples,
      int steps,
      long labels,
      double lossSum,
      Ledger trained,
      double readSeconds,
      double decodeSeconds,
      double computeSeconds) {
    this(
        replica,
        host,
        examples,
        steps,
        labels,
        lossSum,
        trained,
        /* bad= */ List.of(),
        /* leftOver= */ 0,
        readSeconds,
        decodeSeconds,
        computeSeconds,
        /* skipped= */ null);
  }

  /** The same replica's report with examples that it did not get to. */
  public ReplicaReport leaving(long examplesLeft) {
    return new ReplicaReport(
        replica,
        host,
        examples,
        steps,
        labels,
        lossSum,
        trained,
        bad,
        examplesLeft,
        readSeconds,
        decodeSeconds,
        computeSeconds,
        skipped);
  }

  /** The same replica's report with examples that could not be used. */
  public ReplicaReport leavingOut(List<BadExample> examplesOut) {
    return new ReplicaReport(
        replica,
        host,
        examples,
        steps,
        labels,
        lossSum,
        trained,
        examplesOut,
        leftOver,
        readSeconds,
        decodeSeconds,
        computeSeconds,
        skipped);
  }

  /** The same replica's report with a part that does not count. */
  public ReplicaReport without(Skipped part) {
    return new ReplicaReport(
        replica,
        host,
        /* examples= */ 0,
        steps,
        /* labels= */ 0,
        /* lossSum= */ 0,
        Ledger.EMPTY,
        bad,
        leftOver,
        readSeconds,
        decodeSeconds,
        computeSeconds,
        part);
  }

  /** Whether its part does not count. */
  public boolean isSkipped() {
    return skipped != null;
  }

  /** Time spent waiting for input. */
  public double inputSeconds() {
    return readSeconds + decodeSeconds;
  }
}
