package tributary.worker.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tributary.datasets.Checks;
import tributary.datasets.shard.BadExample;

/**
 * How a model does on labels. Parts of a split merge into the whole's.
 *
 * @param labels that were measured: one of an image, of texts perhaps one of each token
 * @param correct labels whose class is the likeliest
 * @param top5 labels whose class is among the five likeliest
 * @param lossSum sum of the negative log-likelihoods of the true classes, in nats
 * @param confusion {@code [true class][predicted class]} counts; empty for more than {@value
 *     #MOST_CONFUSED} classes
 * @param leftOut examples that could not be used, and count nowhere above
 */
@SuppressWarnings("ArrayRecordComponent") // a table of counts; never compared
public record Evaluation(
    long labels,
    long correct,
    long top5,
    double lossSum,
    long[][] confusion,
    List<BadExample> leftOut)
    implements Serializable {
  /** The most classes of which it is told which are taken for which: a table of 32 MB. */
  public static final int MOST_CONFUSED = 2_000;

  /** Refuses a missing table, and keeps an own copy of the list. */
  public Evaluation {
    Objects.requireNonNull(confusion, "confusion");
    leftOut = List.copyOf(leftOut);
  }

  /** An evaluation that left no example out. */
  public Evaluation(long labels, long correct, long top5, double lossSum, long[][] confusion) {
    this(labels, correct, top5, lossSum, confusion, List.of());
  }

  /** An evaluation of nothing. */
  public static Evaluation empty(int classes) {
    int confused = classes > MOST_CONFUSED ? 0 : classes;
    return new Evaluation(0, 0, 0, 0, new long[confused][confused]);
  }

  /** The evaluation of both parts together; sums in the order of the calls. */
  public Evaluation plus(Evaluation other) {
    Checks.argument(
        confusion.length == other.confusion.length,
        "evaluations of %d and %d classes do not add up",
        confusion.length,
        other.confusion.length);
    long[][] sum = new long[confusion.length][confusion.length];
    for (int i = 0; i < sum.length; i++) {
      for (int j = 0; j < sum.length; j++) {
        sum[i][j] = confusion[i][j] + other.confusion[i][j];
      }
    }
    List<BadExample> both = new ArrayList<>(leftOut);
    both.addAll(other.leftOut);
    return new Evaluation(
        labels + other.labels,
        correct + other.correct,
        top5 + other.top5,
        lossSum + other.lossSum,
        sum,
        both);
  }

  /** The same of examples of which more could not be used. */
  Evaluation leavingOut(List<BadExample> bad) {
    List<BadExample> all = new ArrayList<>(leftOut);
    all.addAll(bad);
    return new Evaluation(labels, correct, top5, lossSum, confusion, all);
  }

  /** Share of the labels whose likeliest class is the true one; NaN for no labels. */
  public double top1Accuracy() {
    return (double) correct / labels;
  }

  /** Share of the labels whose true class is among the five likeliest; NaN for no labels. */
  public double top5Accuracy() {
    return (double) top5 / labels;
  }

  /** Mean negative log-likelihood of the true class, in nats; NaN for no labels. */
  public double meanLossNats() {
    return lossSum / labels;
  }

  /** How many classes are as likely as the true one in the mean: e to the mean loss. */
  public double perplexity() {
    return Math.exp(meanLossNats());
  }

  /** The mean loss in bits. */
  public double bitsPerLabel() {
    return meanLossNats() / Math.log(2);
  }

  /**
   * The mean over classes of the harmonic mean of precision and recall, which is 0 for a class that
   * is never told; of the classes that were measured. NaN if none was, or they are too many.
   */
  public double macroF1() {
    double sum = 0;
    int classes = 0;
    for (int i = 0; i < confusion.length; i++) {
      long told = 0;
      long there = 0;
      for (int j = 0; j < confusion.length; j++) {
        there += confusion[i][j];
        told += confusion[j][i];
      }
      if (there > 0) {
        sum += 2.0 * confusion[i][i] / (there + told);
        classes++;
      }
    }
    return sum / classes;
  }
}
