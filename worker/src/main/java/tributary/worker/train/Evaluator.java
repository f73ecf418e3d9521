package tributary.worker.train;

import java.io.IOException;
import java.util.Arrays;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.worker.engine.Replica;

/** Measures a loaded replica on a part of a split. Executor only. */
public final class Evaluator {
  private static final int TOP = 5;
  private static final double SMALLEST_PROBABILITY = Float.MIN_NORMAL;

  private final TrainingInput input;
  private final int classes;

  /** An evaluator of one split. */
  public Evaluator(TrainingInput input) {
    this(input, input.classes());
  }

  Evaluator(TrainingInput input, int classes) {
    this.input = input;
    this.classes = classes;
  }

  /**
   * Evaluates {@code places} of what is measured in the split, in its order. Where there are
   * several looks at each example, the class probabilities of all of them are averaged.
   *
   * @param minibatchSize most rows of a forward pass, unless one example has more
   * @throws tributary.datasets.DataException if an example is bad, and none may be left out
   */
  public Evaluation evaluate(Replica replica, Places places, int minibatchSize) throws IOException {
    int views = input.views();
    Evaluation sum = Evaluation.empty(classes);
    try (MinibatchReader minibatches = input.open(places, minibatchSize)) {
      while (minibatches.hasNext()) {
        Minibatch batch = minibatches.next();
        if (!batch.isEmpty()) {
          float[] outputs = replica.forward(batch);
          sum = sum.plus(views == 1 ? score(batch, outputs) : scoreViews(batch, outputs, views));
        }
      }
      return sum.leavingOut(minibatches.leftOut());
    }
  }

  private Evaluation score(Minibatch batch, float[] outputs) {
    float[] counts = batch.masks() == null ? null : batch.masks().labels();
    return score(outputs, batch.labels(), counts, batch.labelsPerExample());
  }

  private Evaluation scoreViews(Minibatch batch, float[] outputs, int views) {
    int[] labels = new int[batch.size() / views];
    Arrays.setAll(labels, i -> batch.labels()[i * views]);
    return score(meanOfViews(outputs, views), labels);
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

  /**
   * Scores class probabilities against labels. A tie counts for the lower class index.
   *
   * @param probabilities row-major {@code [labels.length][classes]}
   * @param labels true classes
   */
  Evaluation score(float[] probabilities, int[] labels) {
    return score(probabilities, labels, /* counts= */ null, /* steps= */ 1);
  }

  /**
   * The same of sequences.
   *
   * @param probabilities row-major {@code [labels.length/steps][classes][steps]}
   * @param labels true classes, {@code [labels.length/steps][steps]}
   * @param counts 0 for labels that do not count; null if all do
   */
  Evaluation score(float[] probabilities, int[] labels, float[] counts, int steps) {
    Evaluation none = Evaluation.empty(classes);
    long[][] confusion = none.confusion();
    long counted = 0;
    long correct = 0;
    long top5 = 0;
    double lossSum = 0;
    for (int i = 0; i < labels.length; i++) {
      if (counts != null && counts[i] == 0) {
        continue;
      }
      int first = i / steps * classes * steps + i % steps;
      float truth = probabilities[first + labels[i] * steps];
      int rank = 0;
      int best = 0;
      for (int j = 0; j < classes; j++) {
        float other = probabilities[first + j * steps];
        if (other > truth || (other == truth && j < labels[i])) {
          rank++;
        }
        if (other > probabilities[first + best * steps]) {
          best = j;
        }
      }
      counted++;
      correct += best == labels[i] ? 1 : 0;
      top5 += rank < TOP ? 1 : 0;
      lossSum -= Math.log(Math.max(truth, SMALLEST_PROBABILITY));
      if (confusion.length > 0) {
        confusion[labels[i]][best]++;
      }
    }
    return new Evaluation(counted, correct, top5, lossSum, confusion);
  }
}
