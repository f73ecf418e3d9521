package tributary.driver.simulate;

import tributary.datasets.Checks;
import tributary.driver.round.RoundCost;
import tributary.worker.train.RoundSettings;

/**
 * Calculates the wall time of an epoch on K machines with one executor and one replica each, and a
 * driver on a machine of its own, from what a step and a round take on one machine:
 *
 * <pre>
 * steps      = ceil(examples / (K minibatch))
 * rounds     = ceil(steps / H)
 * T(K)       = steps s + rounds (o + cluster(K))
 * efficiency = T(1) / (K T(K))
 * </pre>
 *
 * <p>s is the time of a step and o what a round takes beside its steps, both of one replica that
 * has the machine to itself; o holds what an executor does with the bytes of a round, however they
 * come (serialising, averaging, decoding). {@code cluster(1) = 0}: a single replica trains beside
 * the driver. For K &gt; 1 it is the sum of the phases of {@link
 * tributary.driver.exchange.Exchange}, which follow one another. A state of S bytes (parameters,
 * and the optimizer's values if they are averaged) is cut into n slices of at most 4 MiB, so that
 * the busiest executor averages {@code m = ceil(n / K)} of them; at bandwidth B and latency L:
 *
 * <pre>
 * shuffle  (K-1) m S/n / B    the busiest executor gets its slices of all others: S (K-1)/K if K
 *                             divides n, but S (K-1)/n, which grows with K, if there are more
 *                             executors than slices
 * collect  S / B              the driver gets every slice once
 * gather   (K-1) m S/n / B    with the outer step "average" an executor that averaged slices gives
 *                             them to all others; with another one this is left to publish, but
 *                             for the optimizer's values
 * publish  (max(n',K) + n'-1) P/n' / B
 *                             with an outer step that moves the parameters (P bytes, n' slices):
 *                             each executor gets its first slice from the driver, and the driver
 *                             sends each slice once at least; the others come from peers
 * latency  (20 + 6 ceil(n/3)) L
 *                             messages that wait for one another: 2 launches, 2 results, the
 *                             shuffle's look-up and fetch, 3 small broadcasts, and slices looked up
 *                             and fetched 3 at a time
 * launch   (K - 1 + min(n,K) - 1) t
 *                             the driver launches tasks one after the other, t seconds each
 * </pre>
 *
 * <p>Left out: stragglers (every step takes s), reading data, faults, evaluation and checkpoints, a
 * congested switch, and the arithmetic of averaging more than S bytes where K &gt; n. Nothing
 * overlaps. So it is an estimate to compare settings by, optimistic about machines and pessimistic
 * about the network.
 *
 * @param cost of a round of one replica on one machine
 * @param taskSeconds what launching a task costs the driver, &gt;= 0
 * @param link between the machines
 * @param averaged vectors that replicas exchange
 * @param published vectors that the driver moves and sends back; none with the outer step "average"
 */
public record WallTime(
    RoundCost cost, double taskSeconds, Link link, Vectors averaged, Vectors published) {
  private static final int MESSAGES = 20;
  private static final int MESSAGES_OF_FETCHES = 6;
  private static final int FETCHES_AT_A_TIME = 3;

  /** Checks the ranges. */
  public WallTime {
    Checks.argument(taskSeconds >= 0, "taskSeconds must be >= 0, got %s", taskSeconds);
    Checks.argument(
        published.slices() <= averaged.slices(), "only what was averaged can be published");
  }

  /** An epoch after the switch to local steps, if there is one. */
  public Prediction epoch(RoundSettings settings) {
    int replicas = settings.replicas();
    int localSteps = settings.localSteps().steps();
    long steps = settings.stepsPerEpoch();
    long rounds = ceilDiv(steps, localSteps);
    double training = steps * cost.stepSeconds();
    double overhead = rounds * cost.overheadSeconds();
    double cluster = rounds * clusterSeconds(replicas);
    double seconds = training + overhead + cluster;
    return new Prediction(
        replicas,
        localSteps,
        rounds,
        seconds,
        training,
        overhead,
        cluster,
        alone(settings.examplesPerEpoch(), settings.minibatchSize(), localSteps)
            / (replicas * seconds));
  }

  private double alone(long examples, int minibatchSize, int localSteps) {
    long steps = ceilDiv(examples, minibatchSize);
    return steps * cost.stepSeconds() + ceilDiv(steps, localSteps) * cost.overheadSeconds();
  }

  /** What a round takes because machines are several. */
  double clusterSeconds(int replicas) {
    if (replicas == 1) {
      return 0;
    }
    double bytes =
        allToAll(averaged, replicas)
            + averaged.bytes()
            + allToAll(gathered(), replicas)
            + published(replicas);
    long messages = MESSAGES + MESSAGES_OF_FETCHES * ceilDiv(averaged.slices(), FETCHES_AT_A_TIME);
    long moreTasks = replicas - 1L + Math.max(0, Math.min(averaged.slices(), replicas) - 1);
    return link.seconds(bytes) + messages * link.latencySeconds() + moreTasks * taskSeconds;
  }

  private Vectors gathered() {
    return new Vectors(
        averaged.bytes() - published.bytes(), averaged.slices() - published.slices());
  }

  private static double allToAll(Vectors vectors, int replicas) {
    return (replicas - 1) * vectors.bytesOf((double) ceilDiv(vectors.slices(), replicas));
  }

  private double published(int replicas) {
    return published.slices() == 0
        ? 0
        : published.bytesOf(
            (double) Math.max(published.slices(), replicas) + published.slices() - 1);
  }

  private static long ceilDiv(long dividend, long divisor) {
    return (dividend + divisor - 1) / divisor;
  }
}
