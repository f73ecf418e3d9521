package tributary.driver.simulate;

/**
 * What one epoch would take.
 *
 * @param replicas that train side by side, each on an executor of its own
 * @param localSteps of a full round
 * @param rounds of the epoch
 * @param seconds wall time of the epoch
 * @param stepSeconds the part in which replicas train
 * @param roundSeconds the part that rounds take on one machine as well
 * @param clusterSeconds the part that there is because machines are several: network and launching
 * @param efficiency the wall time of one replica over {@code replicas} times this one's, in {@code
 *     (0, 1]}
 */
public record Prediction(
    int replicas,
    int localSteps,
    long rounds,
    double seconds,
    double stepSeconds,
    double roundSeconds,
    double clusterSeconds,
    double efficiency) {}
