package tributary.datasets.augment;

import java.io.Serializable;
import org.apache.commons.math3.distribution.BetaDistribution;
import org.apache.commons.math3.random.Well19937c;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;

/**
 * What makes the labels of training examples soft: mixup, Zhang et al., "mixup: Beyond Empirical
 * Risk Minimization", arXiv:1710.09412, and label smoothing, Szegedy et al., "Rethinking the
 * Inception Architecture for Computer Vision", arXiv:1512.00567, section 7. Sent to executors.
 *
 * <p>As in the code of mixup's authors, all examples of a minibatch are mixed by one share, each
 * with the one that a random permutation puts in its place; one that stays in its place is left as
 * it is.
 *
 * @param alpha both parameters of the beta distribution that an example's share in what is made of
 *     it is drawn from, at least 0 and finite; 0 mixes nothing
 * @param smoothing share of the label that all classes have in equal parts, epsilon of the paper,
 *     in [0, 1)
 */
public record Mixing(double alpha, double smoothing) implements Serializable {
  /** Examples and labels as they are. */
  public static final Mixing NONE = new Mixing(0, 0);

  private static final long SHARE_STREAM = 1;
  private static final long PARTNERS_STREAM = 2;

  /** Refuses values that do not fit the description above. */
  public Mixing {
    Checks.argument(
        alpha >= 0 && Double.isFinite(alpha), "mixup's alpha must be >= 0, got %s", alpha);
    Checks.argument(
        smoothing >= 0 && smoothing < 1, "label smoothing must be in [0, 1), got %s", smoothing);
  }

  /** Whether labels become soft. */
  public boolean softensLabels() {
    return mixesExamples() || smoothing > 0;
  }

  /** Whether examples are mixed. */
  public boolean mixesExamples() {
    return alpha > 0;
  }

  /**
   * The share that each example of a minibatch keeps, lambda of the paper, in [0, 1].
   *
   * @param seed of this minibatch in this epoch
   */
  public double share(long seed) {
    var random = new Well19937c(Seeds.mix(seed, SHARE_STREAM));
    return new BetaDistribution(random, alpha, alpha).sample();
  }

  /**
   * Which example of a minibatch each one is mixed with: a permutation of {@code 0..size-1}.
   *
   * @param seed of this minibatch in this epoch
   */
  public int[] partners(int size, long seed) {
    return Seeds.permutation(size, Seeds.random(seed, PARTNERS_STREAM));
  }
}
