package tributary.worker.train;

import java.io.Serializable;
import java.util.Objects;
import tributary.datasets.Checks;

/**
 * What stays the same in every round of a run. Sent to executors.
 *
 * @param replicas model copies that are averaged, &gt;= 1, however many executors there are
 * @param localSteps optimizer steps between two averages: H in Stich, "Local SGD Converges Fast and
 *     Communicates Little", arXiv:1805.09767; tau in Moritz et al., "SparkNet", arXiv:1511.06051
 * @param minibatchSize examples per step on one replica, &gt;= 1
 * @param epochs passes over the data, &gt;= 1
 * @param examplesPerEpoch size of the training split, &gt;= 1
 * @param seed the run's only seed; every stream is derived from it
 * @param optimizerState what becomes of the optimizer's state after a round
 */
public record RoundSettings(
    int replicas,
    int localSteps,
    int minibatchSize,
    int epochs,
    long examplesPerEpoch,
    long seed,
    OptimizerStatePolicy optimizerState)
    implements Serializable {
  /** Checks the ranges. */
  public RoundSettings {
    Checks.argument(replicas >= 1, "replicas must be >= 1, got %d", replicas);
    Checks.argument(localSteps >= 1, "localSteps must be >= 1, got %d", localSteps);
    Checks.argument(minibatchSize >= 1, "minibatchSize must be >= 1, got %d", minibatchSize);
    Checks.argument(epochs >= 1, "epochs must be >= 1, got %d", epochs);
    Checks.argument(
        examplesPerEpoch >= 1, "examplesPerEpoch must be >= 1, got %d", examplesPerEpoch);
    Objects.requireNonNull(optimizerState, "optimizerState");
  }

  /** Settings whose optimizer state is averaged with the parameters. */
  public RoundSettings(
      int replicas,
      int localSteps,
      int minibatchSize,
      int epochs,
      long examplesPerEpoch,
      long seed) {
    this(
        replicas,
        localSteps,
        minibatchSize,
        epochs,
        examplesPerEpoch,
        seed,
        OptimizerStatePolicy.AVERAGE);
  }

  /** The examples that one full round takes from the epoch. */
  long examplesPerRound() {
    return Math.multiplyExact((long) replicas * localSteps, (long) minibatchSize);
  }
}
