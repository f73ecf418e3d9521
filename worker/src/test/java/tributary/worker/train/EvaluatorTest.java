package tributary.worker.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;

class EvaluatorTest {
  private static final float[] THREE_ROWS = {
    0.1f, 0.2f, 0.3f, 0.05f, 0.25f, 0.1f, //
    0.5f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, //
    0.0f, 0.2f, 0.2f, 0.2f, 0.2f, 0.2f
  };

  @Test
  void countsTrueAgainstPredictedClasses() {
    Evaluation evaluation = evaluator(6).score(THREE_ROWS, new int[] {2, 1, 0});
    assertThat(evaluation.confusion()[2][2]).isEqualTo(1);
    assertThat(evaluation.confusion()[1][0]).isEqualTo(1);
    assertThat(evaluation.confusion()[0][1]).isEqualTo(1);
    assertThat(evaluation.top1Accuracy()).isCloseTo(1 / 3.0, within(1e-12));
  }

  @Test
  void countsAClassAmongTheFiveLikeliest() {
    Evaluation evaluation = evaluator(6).score(THREE_ROWS, new int[] {2, 5, 0});
    // Row 1 has ties: the lower class index counts as likelier, so class 5 is sixth.
    assertThat(evaluation.top5()).isEqualTo(1);
  }

  @Test
  void measuresTheLossInNatsAndBoundsItForAProbabilityOfZero() {
    assertThat(evaluator(6).score(THREE_ROWS, new int[] {2, 0, 1}).lossSum())
        .isCloseTo(-Math.log(0.3f) - Math.log(0.5f) - Math.log(0.2f), within(1e-9));
    assertThat(evaluator(6).score(THREE_ROWS, new int[] {2, 0, 0}).meanLossNats()).isFinite();
  }

  /** By hand: of three classes that are there one is never told, and one class is not there. */
  @Test
  void classesCountAlikeHoweverOftenTheyAreThere() {
    long[][] confusion = {{3, 1, 0, 0}, {2, 4, 0, 0}, {1, 1, 0, 0}, {0, 0, 0, 0}};
    Evaluation evaluation = new Evaluation(12, 7, 12, 12 * Math.log(8), confusion);
    double first = 2 * (3 / 6.0) * (3 / 4.0) / (3 / 6.0 + 3 / 4.0);
    double second = 2 * (4 / 6.0) * (4 / 6.0) / (4 / 6.0 + 4 / 6.0);
    assertThat(evaluation.macroF1()).isCloseTo((first + second + 0) / 3, within(1e-12));
    assertThat(evaluation.perplexity()).isCloseTo(8, within(1e-12));
    assertThat(evaluation.bitsPerLabel()).isCloseTo(3, within(1e-12));
    assertThat(Evaluation.empty(4).macroF1()).isNaN();
  }

  @Test
  void agreesWithSortingOnRandomProbabilities() {
    SplittableRandom random = Seeds.random(8);
    for (int trial = 0; trial < 50; trial++) {
      int classes = 2 + random.nextInt(20);
      int[] labels = random.ints(30, 0, classes).toArray();
      float[] rows = new float[labels.length * classes];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = random.nextInt(8) / 8f;
      }
      Evaluation found = evaluator(classes).score(rows, labels);
      assertThat(found.top5()).isEqualTo(hits(rows, labels, classes, 5));
      assertThat(found.top1Accuracy())
          .isCloseTo(hits(rows, labels, classes, 1) / 30.0, within(1e-12));
    }
  }

  @Test
  void addsUpPartsToTheWhole() {
    Evaluation whole = evaluator(6).score(THREE_ROWS, new int[] {2, 1, 0});
    Evaluation sum = Evaluation.empty(6);
    for (int row = 0; row < 3; row++) {
      float[] one = Arrays.copyOfRange(THREE_ROWS, row * 6, row * 6 + 6);
      sum = sum.plus(evaluator(6).score(one, new int[] {new int[] {2, 1, 0}[row]}));
    }
    assertThat(sum).usingRecursiveComparison().isEqualTo(whole);
  }

  @Test
  void refusesToAddUpOtherClasses() {
    assertThatThrownBy(() -> Evaluation.empty(3).plus(Evaluation.empty(4)))
        .hasMessage("evaluations of 3 and 4 classes do not add up");
  }

  private static Evaluator evaluator(int classes) {
    return new Evaluator(null, classes);
  }

  private static long hits(float[] rows, int[] labels, int classes, int top) {
    long hits = 0;
    for (int i = 0; i < labels.length; i++) {
      int row = i * classes;
      hits +=
          IntStream.range(0, classes)
              .boxed()
              .sorted(Comparator.comparingDouble((Integer j) -> -rows[row + j]))
              .limit(top)
              .filter(j -> j == labels[row / classes])
              .count();
    }
    return hits;
  }
}
