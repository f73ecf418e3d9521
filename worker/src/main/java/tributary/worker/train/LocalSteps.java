package tributary.worker.train;

import java.io.Serializable;
import java.time.Duration;
import tributary.datasets.Checks;

/**
 * How many optimizer steps a replica takes between two averages: a function of the epoch alone, but
 * for a deadline, which gives the replica's clock a say.
 *
 * <p>The switch is post-local SGD: Lin, Stich, Patel and Jaggi, "Don't Use Large Mini-Batches, Use
 * Local SGD", arXiv:1808.07217, section 3, where it comes with the first drop of the learning rate.
 *
 * @param steps H in Stich, "Local SGD Converges Fast and Communicates Little", arXiv:1805.09767;
 *     tau in Moritz et al., "SparkNet", arXiv:1511.06051; &gt;= 1
 * @param postLocalEpoch epochs at the beginning of a run in which a round is one step, &gt;= 0
 * @param deadline how long after its start a replica begins no other step than its first, and
 *     leaves the rest of its examples over for later rounds of the epoch; zero for none
 */
public record LocalSteps(int steps, int postLocalEpoch, Duration deadline) implements Serializable {
  /** Checks the ranges. */
  public LocalSteps {
    Checks.argument(steps >= 1, "steps must be >= 1, got %d", steps);
    Checks.argument(postLocalEpoch >= 0, "postLocalEpoch must be >= 0, got %d", postLocalEpoch);
    Checks.argument(!deadline.isNegative(), "deadline must be >= 0, got %s", deadline);
  }

  /** Steps without a deadline. */
  public LocalSteps(int steps, int postLocalEpoch) {
    this(steps, postLocalEpoch, Duration.ZERO);
  }

  /** The same number of steps in every round. */
  public static LocalSteps of(int steps) {
    return new LocalSteps(steps, 0);
  }

  /** Whether a replica's clock has a say in how many steps it takes. */
  public boolean hasDeadline() {
    return !deadline.isZero();
  }

  /** Steps of a round in an epoch, counted from 0. */
  int in(int epoch) {
    return epoch < postLocalEpoch ? 1 : steps;
  }
}
