package tributary.worker.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.Minibatch.Masks;
import tributary.worker.engine.Activations;
import tributary.worker.features.FeatureSettings.Norm;
import tributary.worker.features.FeatureSettings.Pooling;

class VectorsTest {
  @Test
  void ofImagesAreAllValuesOrTheMeanOfEachChannel() {
    Vectors vectors = vectors(2, 2, 3, 1, 2);
    assertThat(vectors.of(0, Pooling.NONE)).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(vectors.of(1, Pooling.NONE)).containsExactly(6, 7, 8, 9, 10, 11);
    assertThat(vectors.of(1, Pooling.AVERAGE)).containsExactly(6.5f, 8.5f, 10.5f);
  }

  @Test
  void ofRowsAreTheRowsWhateverThePooling() {
    for (Pooling pooling : Pooling.values()) {
      assertThat(vectors(3, 3, 2).of(1, pooling)).containsExactly(2, 3);
    }
  }

  @Test
  void ofSequencesAreTheLastStep() {
    // Two examples of two features in four steps: feature f of step t is 8 * example + 4 * f + t.
    Vectors vectors = vectors(2, 2, 2, 4);
    assertThat(vectors.of(0, Pooling.NONE)).containsExactly(3, 7);
    assertThat(vectors.of(1, Pooling.NONE)).containsExactly(11, 15);
  }

  @Test
  void paddingIsNotTheLastStep() {
    float[] values = new float[16];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Masks masks = Masks.ofSequences(new float[] {1, 1, 0, 0, 1, 1, 1, 0}, new float[2]);
    Vectors vectors =
        new Vectors(new Activations("some", values, new long[] {2, 2, 4}), examples(2, masks));
    assertThat(vectors.of(0, Pooling.NONE)).containsExactly(1, 5);
    assertThat(vectors.of(1, Pooling.NONE)).containsExactly(10, 14);
  }

  @Test
  void ofStepsThatAreRowsAreThoseOfTheLastStep() {
    // Three steps of two examples, the first steps of both before all second ones.
    Vectors vectors = vectors(2, 6, 2);
    assertThat(vectors.of(0, Pooling.NONE)).containsExactly(8, 9);
    assertThat(vectors.of(1, Pooling.NONE)).containsExactly(10, 11);
  }

  @Test
  void aLayerWithoutARowForEachExampleIsRefusedByName() {
    assertThatThrownBy(() -> vectors(4, 6, 2))
        .hasMessage("layer some gives 6 rows for 4 examples: it has no vector for each");
  }

  @Test
  void theMeanOfLooksIsThatOfEachValue() {
    assertThat(Vectors.mean(new float[][] {{1, 2}, {2, 6}})).containsExactly(1.5f, 4);
  }

  @Test
  void scaledVectorsHaveLengthOneUnlessTheyAreZeros() {
    SplittableRandom random = Seeds.random(3);
    for (int length = 1; length < 300; length += 7) {
      float[] vector = new float[length];
      for (int i = 0; i < length; i++) {
        vector[i] = (float) (random.nextDouble() - 0.5);
      }
      float[] scaled = Vectors.scaled(vector.clone(), Norm.L2);
      double squares = 0;
      for (float value : scaled) {
        squares += value * value;
      }
      assertThat(squares).isCloseTo(1, within(1e-6));
      assertThat(scaled[0] * vector[length - 1])
          .isCloseTo(scaled[length - 1] * vector[0], within(1e-6f));
      assertThat(Vectors.scaled(vector.clone(), Norm.NONE)).containsExactly(vector);
    }
    assertThat(Vectors.scaled(new float[3], Norm.L2)).containsExactly(0, 0, 0);
  }

  /** Values 0, 1, 2 ... in a shape. */
  private static Vectors vectors(int rows, long... shape) {
    int count = 1;
    for (long size : shape) {
      count *= (int) size;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return new Vectors(new Activations("some", values, shape), examples(rows, null));
  }

  private static Minibatch examples(int rows, Masks masks) {
    int steps = masks == null ? 1 : masks.steps().length / rows;
    return new Minibatch(
        new long[rows],
        new float[rows * steps],
        new int[] {rows, 1, steps},
        new int[rows],
        2,
        /* softLabels= */ null,
        masks == null ? Masks.ofSequences(new float[rows], new float[rows]) : masks);
  }
}
