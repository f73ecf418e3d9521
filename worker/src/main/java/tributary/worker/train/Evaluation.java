package tributary.worker.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tributary.datasets.Checks;
import tributary.datasets.shard.BadExample;

/**
 * How a model does on labelled examples. Parts of a split merge into the whole's.
 *
 * @param examples number of examples that were measured
 * @param top5 examples whose class is among the five likeliest
 * @param lossSum sum of the negative log-likelihoods of the true classes, in nats
 * @param confusion {@code [true class][predicted class]} counts
 * @param leftOut examples that could not be used, and count nowhere above
 */
@SuppressWarnings("ArrayRecordComponent") // a table of counts; never compared
public record Evaluation(
    long examples, long top5, double lossSum, long[][] confusion, List<BadExample> leftOut)
    implements Serializable {
  /** Refuses a missing table, and keeps an own copy of the list. */
  public Evaluation {
    Objects.requireNonNull(confusion, "confusion");
    leftOut = List.copyOf(leftOut);
  }

  /** An evaluation that left no example out. */
  public Evaluation(long examples, long top5, double lossSum, long[][] confusion) {
    this(examples, top5, lossSum, confusion, List.of());
  }

  /** An evaluation of nothing. */
  public static Evaluation empty(int classes) {
    return new Evaluation(0, 0, 0, new long[classes][classes]);
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
        examples + other.examples, top5 + other.top5, lossSum + other.lossSum, sum, both);
  }

  /** The same of examples of which more could not be used. */
  Evaluation leavingOut(List<BadExample> bad) {
    return plus(new Evaluation(0, 0, 0, empty(confusion.length).confusion, bad));
  }

  /** Share of the examples whose likeliest class is the true one; NaN for no examples. */
  public double top1Accuracy() {
    long correct = 0;
    for (int i = 0; i < confusion.length; i++) {
      correct += confusion[i][i];
    }
    return (double) correct / examples;
  }

  /** Share of the examples whose true class is among the five likeliest; NaN for no examples. */
  public double top5Accuracy() {
    return (double) top5 / examples;
  }

  /** Mean negative log-likelihood of the true class, in nats; NaN for no examples. */
  public double meanLossNats() {
    return lossSum / examples;
  }
}
