package tributary.worker.train;

import java.io.Serializable;

/**
 * What a replica tells about its part of a round.
 *
 * @param replica which one, {@code 0..replicas-1}
 * @param host where it ran
 * @param examples examples really trained; 0 for an idle replica
 * @param steps optimizer steps taken
 * @param lossSum sum over the examples of the loss in nats
 * @param trained which examples they were
 * @param readSeconds time spent waiting for examples to be read
 * @param decodeSeconds time spent waiting for them to be decoded
 * @param computeSeconds time spent in the engine
 */
public record ReplicaReport(
    int replica,
    String host,
    long examples,
    int steps,
    double lossSum,
    Ledger trained,
    double readSeconds,
    double decodeSeconds,
    double computeSeconds)
    implements Serializable {
  /** Time spent waiting for input. */
  public double inputSeconds() {
    return readSeconds + decodeSeconds;
  }
}
