package tributary.worker.train;

import java.io.Serializable;
import java.util.Objects;
import tributary.datasets.Checks;
import tributary.worker.model.GradientClip;

/**
 * What stays the same in every round of a run. Sent to executors.
 *
 * @param replicas model copies that are averaged, &gt;= 1, however many executors there are
 * @param localSteps optimizer steps between two averages
 * @param minibatchSize examples per step on one replica, &gt;= 1
 * @param epochs passes over the data, &gt;= 1
 * @param examplesPerEpoch size of the training split, &gt;= 1
 * @param seed the run's only seed; every stream is derived from it
 * @param optimizerState what becomes of the optimizer's state after a round
 * @param clip what is done to gradients before every update
 */
public record RoundSettings(
    int replicas,
    LocalSteps localSteps,
    int minibatchSize,
    int epochs,
    long examplesPerEpoch,
    long seed,
    OptimizerStatePolicy optimizerState,
    GradientClip clip)
    implements Serializable {
  /** Checks the ranges. */
  public RoundSettings {
    Checks.argument(replicas >= 1, "replicas must be >= 1, got %d", replicas);
    Objects.requireNonNull(localSteps, "localSteps");
    Checks.argument(minibatchSize >= 1, "minibatchSize must be >= 1, got %d", minibatchSize);
    Checks.argument(epochs >= 1, "epochs must be >= 1, got %d", epochs);
    Checks.argument(
        examplesPerEpoch >= 1, "examplesPerEpoch must be >= 1, got %d", examplesPerEpoch);
    Objects.requireNonNull(optimizerState, "optimizerState");
    Objects.requireNonNull(clip, "clip");
  }

  /** Settings that leave gradients alone. */
  public RoundSettings(
      int replicas,
      LocalSteps localSteps,
      int minibatchSize,
      int epochs,
      long examplesPerEpoch,
      long seed,
      OptimizerStatePolicy optimizerState) {
    this(
        replicas,
        localSteps,
        minibatchSize,
        epochs,
        examplesPerEpoch,
        seed,
        optimizerState,
        GradientClip.NONE);
  }

  /** Settings whose rounds all have as many steps, and whose optimizer state is averaged. */
  public RoundSettings(
      int replicas,
      int localSteps,
      int minibatchSize,
      int epochs,
      long examplesPerEpoch,
      long seed) {
    this(
        replicas,
        LocalSteps.of(localSteps),
        minibatchSize,
        epochs,
        examplesPerEpoch,
        seed,
        OptimizerStatePolicy.AVERAGE);
  }

  /** The same settings with other local steps. */
  public RoundSettings with(LocalSteps otherSteps) {
    return new RoundSettings(
        replicas, otherSteps, minibatchSize, epochs, examplesPerEpoch, seed, optimizerState, clip);
  }

  /** The most steps that a round can have: those that take a whole epoch. */
  public long stepsPerEpoch() {
    long examplesPerStep = (long) replicas * minibatchSize;
    return (examplesPerEpoch + examplesPerStep - 1) / examplesPerStep;
  }

  /** The examples that one full round of an epoch, counted from 0, takes from it. */
  long examplesPerRound(int epoch) {
    return Math.multiplyExact((long) replicas * localSteps.in(epoch), (long) minibatchSize);
  }
}
