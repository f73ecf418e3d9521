package tributary.worker.train;

import java.io.IOException;
import java.util.Arrays;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.worker.engine.Replica;

/** Measures a loaded replica on a range of examples, in manifest order. Executor only. */
public final class Evaluator {
  private static final int TOP = 5;
  private static final double SMALLEST_PROBABILITY = Float.MIN_NORMAL;

  private final TrainingInput input;
  private final int classes;

  /**
   * An evaluator of one split.
   *
   * @param classes number of classes, the length of the model's output
   */
  public Evaluator(TrainingInput input, int classes) {
    this.input = input;
    this.classes = classes;
  }

  /**
   * Evaluates the examples of the split that have the numbers {@code places}. Where there are
   * several looks at each, the class probabilities of all of them are averaged.
   *
   * @param minibatchSize most rows of a forward pass, unless one example has more
   * @throws tributary.datasets.DataException if an example is bad, and none may be left out
   */
  public Evaluation evaluate(Replica replica, Places places, int minibatchSize) throws IOException {
    long[] numbers = places.stream().toArray();
    int views = input.views();
    int[] sizes = places.minibatchSizes(Math.max(1, minibatchSize / views));
    Evaluation sum = Evaluation.empty(classes);
    try (MinibatchReader minibatches = input.open(numbers, sizes)) {
      while (minibatches.hasNext()) {
        Minibatch batch = minibatches.next();
        if (batch.isEmpty()) {
          continue;
        }
        float[] probabilities = replica.forward(batch);
        sum =
            sum.plus(
                views == 1
                    ? score(probabilities, batch.labels())
                    : score(meanOfViews(probabilities, views), firstOfViews(batch, views)));
      }
      return sum.leavingOut(minibatches.leftOut());
    }
  }

  /** The looks at an example vote with equal weight, in their order. */
  private float[] meanOfViews(float[] probabilities, int views) {
    float[] means = new float[probabilities.length / views];
    for (int i = 0; i < means.length; i++) {
      int first = i / classes * views * classes + i % classes;
      double sum = 0;
      for (int view = 0; view < views; view++) {
        sum += probabilities[first + view * classes];
      }
      means[i] = (float) (sum / views);
    }
    return means;
  }

  private static int[] firstOfViews(Minibatch batch, int views) {
    int[] labels = new int[batch.size() / views];
    Arrays.setAll(labels, i -> batch.labels()[i * views]);
    return labels;
  }

  /**
   * Scores class probabilities against labels. A tie counts for the lower class index.
   *
   * @param probabilities row-major {@code [labels.length][classes]}
   * @param labels true classes
   */
  Evaluation score(float[] probabilities, int[] labels) {
    long[][] confusion = new long[classes][classes];
    long top5 = 0;
    double lossSum = 0;
    for (int i = 0; i < labels.length; i++) {
      int row = i * classes;
      float truth = probabilities[row + labels[i]];
      int rank = 0;
      int best = 0;
      for (int j = 0; j < classes; j++) {
        float other = probabilities[row + j];
        if (other > truth || (other == truth && j < labels[i])) {
          rank++;
        }
        if (other > probabilities[row + best]) {
          best = j;
        }
      }
      confusion[labels[i]][best]++;
      top5 += rank < TOP ? 1 : 0;
      lossSum -= Math.log(Math.max(truth, SMALLEST_PROBABILITY));
    }
    return new Evaluation(labels.length, top5, lossSum, confusion);
  }
}
