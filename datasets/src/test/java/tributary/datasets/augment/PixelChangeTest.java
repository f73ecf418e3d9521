package tributary.datasets.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.datasets.augment.PixelChange.ColorJitter;
import tributary.datasets.augment.PixelChange.Lighting;

class PixelChangeTest {
  @Test
  void noJitterChangesNothing() {
    Planes planes = noise(3, 0, 1);
    float[] before = planes.values().clone();
    new ColorJitter(0, 0, 0).apply(planes, Seeds.random(1));
    assertThat(planes.values()).isEqualTo(before);
  }

  @Test
  void brightnessMultipliesEveryValueByOneFactor() {
    double least = 2;
    double most = 0;
    for (int i = 0; i < 500; i++) {
      Planes planes = noise(3, 0.2, 0.6);
      float[] before = planes.values().clone();
      new ColorJitter(0.4, 0, 0).apply(planes, Seeds.random(i));
      double factor = planes.values()[5] / before[5];
      for (int j = planes.from(); j < planes.end(); j++) {
        assertThat(planes.values()[j]).isCloseTo((float) (before[j] * factor), within(1e-5f));
      }
      least = Math.min(least, factor);
      most = Math.max(most, factor);
    }
    assertThat(least).isBetween(0.6, 0.62);
    assertThat(most).isBetween(1.38, 1.4);
  }

  @Test
  void contrastKeepsTheMeanLuma() {
    for (int channels : new int[] {1, 3}) {
      Planes planes = noise(channels, 0.4, 0.6);
      double before = meanLuma(planes);
      double spread = spread(planes);
      new ColorJitter(0, 0.5, 0).apply(planes, Seeds.random(3));
      assertThat(meanLuma(planes)).isCloseTo(before, within(1e-5));
      assertThat(spread(planes) / spread).isBetween(0.5, 1.5).isNotCloseTo(1, within(0.01));
    }
  }

  @Test
  void saturationKeepsEachPixelsLuma() {
    Planes planes = noise(3, 0.4, 0.6);
    float[] luma = new float[planes.pixels()];
    for (int i = 0; i < luma.length; i++) {
      luma[i] = planes.luma(i);
    }
    float[] before = planes.values().clone();
    new ColorJitter(0, 0, 0.9).apply(planes, Seeds.random(3));
    assertThat(planes.values()).isNotEqualTo(before);
    for (int i = 0; i < luma.length; i++) {
      assertThat(planes.luma(i)).isCloseTo(luma[i], within(1e-5f));
    }
  }

  @Test
  void valuesStayInsideTheirRange() {
    for (int i = 0; i < 200; i++) {
      Planes planes = noise(3, 0, 1);
      new ColorJitter(1, 1, 1).apply(planes, Seeds.random(i));
      for (int j = planes.from(); j < planes.end(); j++) {
        assertThat(planes.values()[j]).isBetween(0f, 1f);
      }
    }
  }

  @Test
  void lightingMovesAllPixelsOfAChannelAlike() {
    Planes planes = noise(3, 0, 1);
    float[] before = planes.values().clone();
    new Lighting(0.1).apply(planes, Seeds.random(1));
    for (int c = 0; c < 3; c++) {
      int first = planes.from() + c * planes.pixels();
      float moved = planes.values()[first] - before[first];
      assertThat(moved).isNotZero();
      for (int i = first; i < first + planes.pixels(); i++) {
        assertThat(planes.values()[i] - before[i]).isCloseTo(moved, within(1e-6f));
      }
    }
    assertThat(planes.values()[0]).isEqualTo(before[0]);
    assertThat(planes.values()[planes.end()]).isEqualTo(before[planes.end()]);
  }

  /** Eigenvectors are orthonormal: the variances add up to those of the eigenvalues. */
  @Test
  void lightingHasTheVarianceOfTheComponents() {
    int draws = 40_000;
    double squares = 0;
    double sum = 0;
    for (int i = 0; i < draws; i++) {
      Planes planes = new Planes(new float[3], 0, 3, 1);
      new Lighting(0.1).apply(planes, Seeds.random(7, i));
      for (float value : planes.values()) {
        sum += value;
        squares += value * value;
      }
    }
    double expected = 0.01 * (0.2175 * 0.2175 + 0.0188 * 0.0188 + 0.0045 * 0.0045);
    assertThat(squares / draws).isCloseTo(expected, within(expected * 0.03));
    assertThat(sum / draws).isCloseTo(0, within(0.001));
  }

  @Test
  void greyPicturesHaveNoColoursToLight() {
    Planes planes = noise(1, 0, 1);
    float[] before = planes.values().clone();
    new Lighting(0.1).apply(planes, Seeds.random(1));
    assertThat(planes.values()).isEqualTo(before);
  }

  @Test
  void oneRectangleIsErasedInAllChannels() {
    for (int seed = 0; seed < 300; seed++) {
      Planes planes = noise(3, 1, 2);
      new Erasing(1).apply(planes, 20, Seeds.random(seed));
      int erased = zeros(planes, 0);
      assertThat(erased).as("seed %d", seed).isBetween(1, 300 * 36 / 100);
      assertThat(zeros(planes, 1)).isEqualTo(erased);
      assertThat(zeros(planes, 2)).isEqualTo(erased);
      assertThat(box(planes)).as("a rectangle's bounding box is itself").isEqualTo(erased);
    }
  }

  @Test
  void asManyPicturesLoseARectangleAsAskedFor() {
    int erased = 0;
    for (int i = 0; i < 4_000; i++) {
      Planes planes = noise(1, 1, 2);
      new Erasing(0.25).apply(planes, 20, Seeds.random(i));
      erased += zeros(planes, 0) > 0 ? 1 : 0;
      new Erasing(0).apply(noise(1, 1, 2), 20, Seeds.random(i));
    }
    assertThat(erased / 4_000.0).isCloseTo(0.25, within(0.03));
  }

  /** 15 rows of 20 pixels with a value to spare before and after. */
  private static Planes noise(int channels, double low, double high) {
    SplittableRandom random = Seeds.random(channels);
    float[] values = new float[channels * 300 + 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (low + (high - low) * random.nextDouble());
    }
    return new Planes(values, 1, channels, 300);
  }

  private static double meanLuma(Planes planes) {
    double sum = 0;
    for (int i = 0; i < planes.pixels(); i++) {
      sum += planes.luma(i);
    }
    return sum / planes.pixels();
  }

  private static double spread(Planes planes) {
    double mean = meanLuma(planes);
    double sum = 0;
    for (int i = 0; i < planes.pixels(); i++) {
      sum += Math.abs(planes.luma(i) - mean);
    }
    return sum;
  }

  private static int zeros(Planes planes, int channel) {
    int zeros = 0;
    for (int i = 0; i < planes.pixels(); i++) {
      zeros += planes.values()[planes.from() + channel * planes.pixels() + i] == 0 ? 1 : 0;
    }
    return zeros;
  }

  private static int box(Planes planes) {
    int top = Integer.MAX_VALUE;
    int left = Integer.MAX_VALUE;
    int bottom = 0;
    int right = 0;
    for (int i = 0; i < planes.pixels(); i++) {
      if (planes.values()[planes.from() + i] == 0) {
        top = Math.min(top, i / 20);
        bottom = Math.max(bottom, i / 20);
        left = Math.min(left, i % 20);
        right = Math.max(right, i % 20);
      }
    }
    return (bottom - top + 1) * (right - left + 1);
  }
}
