package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import tributary.datasets.Checks;
import tributary.worker.engine.torch.TorchLosses.Score;

/** The formulas of the losses: a stands for activations, y for labels, both rows. */
final class LossScores {
  /** Where DL4J keeps norms and probabilities from zero. */
  private static final double EPSILON = 1e-5;

  private LossScores() {}

  static Tensor absolute(OutputActivation a, Tensor sums, Tensor y) {
    return a.values().apply(sums).sub(y).abs();
  }

  static Tensor squared(OutputActivation a, Tensor sums, Tensor y) {
    return a.values().apply(sums).sub(y).square();
  }

  /** Of the labels, which must not be zero. */
  static Tensor percentage(OutputActivation a, Tensor sums, Tensor y) {
    return absolute(a, sums, y).div(y.abs()).mul(new Scalar(100.0));
  }

  /** Of the ratio of a + 1 to y + 1. */
  static Tensor squaredLogarithm(OutputActivation a, Tensor sums, Tensor y) {
    return a.values().apply(sums).log1p().sub(y.log1p()).square();
  }

  static Tensor product(OutputActivation a, Tensor sums, Tensor y) {
    return a.values().apply(sums).mul(y);
  }

  /** Scores of which a row's loss is the mean over outputs, those under a mask included. */
  static Score mean(Score score) {
    return (a, sums, y) -> score.of(a, sums, y).div(new Scalar(sums.size(1)));
  }

  /** Labels -1 or 1. */
  static Tensor hinge(OutputActivation a, Tensor sums, Tensor y) {
    return product(a, sums, y).neg().add(new Scalar(1)).relu();
  }

  /** Labels -1 or 1. */
  static Tensor squaredHinge(OutputActivation a, Tensor sums, Tensor y) {
    return hinge(a, sums, y).square();
  }

  /** Without the logarithm of the label's factorial, which has no gradient. */
  static Tensor poisson(OutputActivation a, Tensor sums, Tensor y) {
    return a.values().apply(sums).sub(a.log().apply(sums).mul(y));
  }

  /**
   * Kullback and Leibler's. Labels are kept within [1e-5, 1], so that a label of zero has a small
   * gradient, too, which DL4J leaves out.
   */
  static Tensor divergence(OutputActivation a, Tensor sums, Tensor y) {
    Tensor p = TorchActivations.clamp(y, EPSILON, 1);
    return p.mul(p.log().sub(a.clipped(EPSILON, 1).log().apply(sums)));
  }

  static Score binaryCrossEntropy(double epsilon) {
    return (a, sums, y) -> {
      OutputActivation p = epsilon == 0 ? a : a.clipped(epsilon, 1 - epsilon);
      Tensor rest = y.neg().add(new Scalar(1));
      return p.log().apply(sums).mul(y).add(p.logRest().apply(sums).mul(rest)).neg();
    };
  }

  /** Minus the cosine of the angle between a and y. */
  static Tensor cosine(OutputActivation a, Tensor sums, Tensor y) {
    Tensor values = a.values().apply(sums);
    return total(values.mul(y)).div(length(values)).div(length(y)).neg();
  }

  private static Tensor length(Tensor rows) {
    Tensor norm = rows.norm(new ScalarOptional(new Scalar(2)), new long[] {1}, true);
    return norm.clamp_min(new Scalar(EPSILON));
  }

  /**
   * Zhang and Zhou, "Multilabel Neural Networks with Applications to Functional Genomics and Text
   * Categorization", equation 3: the mean over all pairs of a right and a wrong label of e to the
   * power of the wrong one's activation minus the right one's. The double sum is a product of two,
   * and a common shift of the row keeps the powers in range. A row whose labels are all right or
   * all wrong scores 0.
   */
  static Tensor pairs(OutputActivation a, Tensor sums, Tensor y) {
    Tensor wrong = y.eq(new Scalar(0)).to(y);
    Tensor count = total(y).mul(total(wrong));
    Tensor values = a.values().apply(sums);
    Tensor shifted = values.sub(values.detach().mean(new long[] {1}, true, none()));
    Tensor products = total(wrong.mul(shifted.exp())).mul(total(y.mul(shifted.neg().exp())));
    return products.div(count.add(count.eq(new Scalar(0))));
  }

  /**
   * Minus log-likelihood under a mixture of round Gaussians; labels {@code [rows, width]}. Bishop,
   * "Mixture Density Networks", NCRG/94/004, section 3.
   *
   * @param mixtures how many; a row of activations has their weights before softmax, the logarithms
   *     of their widths, and their centres one after the other
   */
  static TorchLoss mixture(int mixtures, int width, OutputActivation output) {
    return (sums, labels, mask) -> {
      Checks.argument(
          labels.size(1) == width && sums.size(1) == (width + 2L) * mixtures,
          "expected %d outputs for %d labels, found %d for %d",
          (width + 2L) * mixtures,
          width,
          sums.size(1),
          labels.size(1));
      Tensor a = output.values().apply(sums);
      Tensor weights = a.narrow(1, 0, mixtures).log_softmax(1);
      Tensor sigmas = a.narrow(1, mixtures, mixtures);
      Tensor centres = a.narrow(1, 2L * mixtures, (long) mixtures * width);
      Tensor offsets = centres.reshape(-1, mixtures, width).sub(labels.to(sums).unsqueeze(1));
      Tensor exponents = offsets.div(sigmas.exp().unsqueeze(2)).square().sum(2).div(new Scalar(2));
      Tensor norms = sigmas.add(new Scalar(Math.log(2 * Math.PI) / 2)).mul(new Scalar(width));
      Tensor scores = weights.sub(exponents).sub(norms).logsumexp(new long[] {1}, true).neg();
      return masked(scores, mask).sum();
    };
  }

  /**
   * 1 - F, one number for the whole minibatch; 0 if there is nothing to count. Pastor-Pellicer et
   * al., "F-Measure as the Error Function to Train Neural Networks", IWANN 2013.
   *
   * @param beta how much more recall counts than precision
   * @param output of one column, the probability of the positive class, or two, the negative one's
   *     first
   */
  static TorchLoss fMeasure(double beta, OutputActivation output) {
    return (sums, labels, mask) -> {
      Scalar square = new Scalar(beta * beta);
      Tensor a = bothClasses(output.values().apply(sums));
      Tensor y = bothClasses(TorchLosses.rows(labels, sums));
      Tensor counted = masked(y, mask);
      Tensor missed = overlap(counted, 1, a, 0).mul(square);
      Tensor wrong = missed.add(overlap(counted, 0, a, 1));
      Tensor right = overlap(counted, 1, a, 1);
      Tensor all = wrong.add(right).add(right.mul(square));
      return wrong.div(all.add(all.eq(new Scalar(0))));
    };
  }

  private static Tensor bothClasses(Tensor rows) {
    Checks.argument(rows.size(1) <= 2, "LossFMeasure needs 1 or 2 outputs, found %d", rows.size(1));
    return rows.size(1) == 2
        ? rows
        : torch.cat(new TensorVector(rows.neg().add(new Scalar(1)), rows), 1);
  }

  private static Tensor overlap(Tensor labels, long actual, Tensor a, long predicted) {
    return labels.select(1, actual).mul(a.select(1, predicted)).sum();
  }

  private static Tensor masked(Tensor rows, Tensor mask) {
    return mask == null ? rows : rows.mul(TorchLosses.ofRows(mask).to(rows));
  }

  private static Tensor total(Tensor rows) {
    return rows.sum(new long[] {1}, true, none());
  }

  private static ScalarTypeOptional none() {
    return new ScalarTypeOptional();
  }
}
