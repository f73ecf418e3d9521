package tributary.datasets.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;

class SequenceEncoderTest {
  private static final int UNKNOWN = Vocabulary.UNKNOWN;

  @Test
  void shorterDocumentsAreFilledUpAndMasked() {
    SequenceBatch batch =
        new SequenceEncoder(10).documents(List.of(ids(7, 8, 9), ids(5)), new int[] {2, 0});

    assertThat(batch.steps()).isEqualTo(3);
    assertThat(batch.tokens()).containsExactly(7, 8, 9, 5, 0, 0);
    assertThat(batch.mask()).containsExactly(1, 1, 1, 1, 0, 0);
    assertThat(batch.labels()).containsExactly(2, 0);
    assertThat(batch.labelMask()).containsExactly(1, 1);
    assertThat(batch.truncated()).isZero();
  }

  @Test
  void longerDocumentsLoseTheirEnds() {
    SequenceBatch batch =
        new SequenceEncoder(2).documents(List.of(ids(7, 8, 9), ids(5, 6)), new int[] {1, 1});

    assertThat(batch.tokens()).containsExactly(7, 8, 5, 6);
    assertThat(batch.truncated()).isEqualTo(1);
  }

  @Test
  void documentsWithoutAnyKnownWordDoNotCount() {
    SequenceBatch batch =
        new SequenceEncoder(10)
            .documents(List.of(ids(), ids(UNKNOWN, UNKNOWN), ids(UNKNOWN, 4)), new int[] {1, 2, 3});

    assertThat(batch.labelMask()).containsExactly(0, 0, 1);
    assertThat(batch.labels()).containsExactly(0, 0, 3);
    assertThat(batch.tokens()).containsExactly(UNKNOWN, 0, UNKNOWN, UNKNOWN, UNKNOWN, 4);
    assertThat(batch.mask()).containsExactly(1, 0, 1, 1, 1, 1);
    assertThat(batch.counted()).isEqualTo(1);
  }

  @Test
  void tagsOfUnknownWordsCountAndUnknownTagsDoNot() {
    SequenceBatch batch =
        new SequenceEncoder(10)
            .tagged(List.of(ids(UNKNOWN, 5, 6), ids()), List.of(ids(3, -1, 0), ids()));

    assertThat(batch.labels()).containsExactly(3, 0, 0, 0, 0, 0);
    assertThat(batch.labelMask()).containsExactly(1, 0, 1, 0, 0, 0);
    assertThat(batch.mask()).containsExactly(1, 1, 1, 1, 0, 0);
  }

  @Test
  void aLanguageModelIsToldEachNextToken() {
    SequenceBatch batch =
        new SequenceEncoder(4).nextTokens(List.of(ids(7, UNKNOWN), ids(5, 6, 7, 8), ids()));
    int begin = Vocabulary.BEGIN;

    assertThat(batch.tokens())
        .containsExactly(begin, 7, UNKNOWN, 0, begin, 5, 6, 7, begin, 0, 0, 0);
    assertThat(batch.labels()).containsExactly(7, 0, Vocabulary.END, 0, 5, 6, 7, 8, 0, 0, 0, 0);
    assertThat(batch.labelMask()).containsExactly(1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0);
    assertThat(batch.truncated()).isEqualTo(1);
  }

  @Test
  void oneHotFeaturesLieAsNetworksWantThem() {
    SequenceBatch batch =
        new SequenceEncoder(10).documents(List.of(ids(4, 3), ids(2)), new int[] {0, 0});

    // {size 2, features 5, steps 2}
    assertThat(batch.asOneHot(5))
        .containsExactly(
            0, 0, 0, 0, 0, 0, 0, 1, 1, 0, //
            0, 0, 0, 0, 1, 0, 0, 0, 0, 0);
    assertThat(batch.asFeatures()).containsExactly(4, 3, 2, 0);
    assertThatThrownBy(() -> batch.asOneHot(4)).hasMessage("token 4 of a vocabulary of 4");
  }

  /** A network that takes the mean of a sequence, and a loss that takes the mean of labels. */
  @Test
  void noMinibatchMakesANumberThatIsNone() {
    SplittableRandom random = Seeds.random(42);
    int empty = 0;
    for (int round = 0; round < 2_000; round++) {
      List<int[]> documents = new ArrayList<>();
      int size = random.nextInt(1, 5);
      for (int i = 0; i < size; i++) {
        documents.add(random.ints(random.nextInt(6), UNKNOWN, 3 + random.nextInt(3)).toArray());
      }
      SequenceEncoder encoder = new SequenceEncoder(random.nextInt(1, 6));
      List<SequenceBatch> batches =
          List.of(
              encoder.documents(documents, new int[size]),
              encoder.tagged(documents, documents),
              encoder.nextTokens(documents));
      for (SequenceBatch batch : batches) {
        for (int row = 0; row < size; row++) {
          assertThat(meanOfSteps(batch, row)).as("round %d", round).isFinite();
        }
        if (batch.counted() == 0) {
          empty++;
        } else {
          assertThat(meanOfLabels(batch)).isFinite().isBetween(0.0, 10.0);
        }
      }
    }
    assertThat(empty).as("minibatches to leave out").isBetween(100, 3_000);
  }

  @Test
  void nothingButFillingIsMasked() {
    SplittableRandom random = Seeds.random(43);
    for (int round = 0; round < 500; round++) {
      List<int[]> documents = new ArrayList<>();
      for (int i = random.nextInt(1, 9); i > 0; i--) {
        documents.add(random.ints(random.nextInt(1, 30), 4, 50).toArray());
      }
      int max = random.nextInt(1, 35);
      SequenceBatch batch =
          new SequenceEncoder(max).documents(documents, new int[documents.size()]);
      for (int row = 0; row < documents.size(); row++) {
        for (int step = 0; step < batch.steps(); step++) {
          boolean inside = step < Math.min(documents.get(row).length, max);
          int at = row * batch.steps() + step;
          assertThat(batch.mask()[at]).isEqualTo(inside ? 1 : 0);
          assertThat(batch.tokens()[at])
              .isEqualTo(inside ? documents.get(row)[step] : Vocabulary.PADDING);
        }
      }
    }
  }

  private static double meanOfSteps(SequenceBatch batch, int row) {
    double sum = 0;
    double count = 0;
    for (int i = row * batch.steps(); i < (row + 1) * batch.steps(); i++) {
      sum += batch.tokens()[i] * batch.mask()[i];
      count += batch.mask()[i];
    }
    return sum / count;
  }

  private static double meanOfLabels(SequenceBatch batch) {
    double sum = 0;
    for (int i = 0; i < batch.labels().length; i++) {
      sum += batch.labels()[i] * batch.labelMask()[i];
    }
    return sum / batch.counted();
  }

  private static int[] ids(int... ids) {
    return ids;
  }
}
