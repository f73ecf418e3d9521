package tributary.datasets.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MixingTest {
  private static final int DRAWS = 4_000;

  /** 1.63 / sqrt(n) is passed by one of a hundred honest samples; the seeds are fixed. */
  private static final double KOLMOGOROV = 1.63 / Math.sqrt(DRAWS);

  @Test
  void sharesAreDrawnFromTheBetaDistribution() {
    assertThat(distance(1, x -> x)).as("even").isLessThan(KOLMOGOROV);
    assertThat(distance(0.5, x -> 2 / Math.PI * Math.asin(Math.sqrt(x))))
        .as("arcsine")
        .isLessThan(KOLMOGOROV);
    assertThat(distance(2, x -> x * x * (3 - 2 * x))).as("parabola").isLessThan(KOLMOGOROV);
    assertThat(distance(2, x -> x)).as("another one is told apart").isGreaterThan(KOLMOGOROV);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-6, 0.01, 0.2, 1, 8, 1e5})
  void sharesOfAnyAlphaHaveItsMeanAndVariance(double alpha) {
    double[] shares = shares(alpha);
    double mean = Arrays.stream(shares).average().orElseThrow();
    double variance = Arrays.stream(shares).map(x -> (x - mean) * (x - mean)).sum() / DRAWS;
    double expected = 1 / (4 * (2 * alpha + 1));
    assertThat(Arrays.stream(shares).min().orElseThrow()).isNotNegative();
    assertThat(Arrays.stream(shares).max().orElseThrow()).isLessThanOrEqualTo(1);
    assertThat(mean).isCloseTo(0.5, within(4 * Math.sqrt(expected / DRAWS)));
    assertThat(variance).isCloseTo(expected, within(0.06 * expected));
  }

  @Test
  void partnersAreAPermutationInWhichEveryExampleIsAsLikelyAsTheOthers() {
    Mixing mixing = new Mixing(1, 0);
    int[][] counts = new int[5][5];
    for (int seed = 0; seed < DRAWS; seed++) {
      int[] partners = mixing.partners(5, seed);
      assertThat(partners).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
      for (int i = 0; i < 5; i++) {
        counts[i][partners[i]]++;
      }
    }
    double expected = DRAWS / 5.0;
    for (int[] row : counts) {
      for (int count : row) {
        assertThat((double) count).isCloseTo(expected, within(4.5 * Math.sqrt(expected)));
      }
    }
  }

  @Test
  void theSameSeedDrawsTheSame() {
    Mixing mixing = new Mixing(0.3, 0);
    assertThat(mixing.share(7)).isEqualTo(mixing.share(7)).isNotEqualTo(mixing.share(8));
    assertThat(mixing.partners(50, 7))
        .containsExactly(mixing.partners(50, 7))
        .isNotEqualTo(mixing.partners(50, 8));
    assertThat(mixing.partners(1, 7)).containsExactly(0);
  }

  @Test
  void whatIsNoShareIsRefused() {
    assertThatThrownBy(() -> new Mixing(-0.1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("mixup's alpha must be >= 0, got -0.1");
    assertThatThrownBy(() -> new Mixing(Double.NaN, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("mixup's alpha must be >= 0, got NaN");
    assertThatThrownBy(() -> new Mixing(0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("label smoothing must be in [0, 1), got 1.0");
    assertThat(Mixing.NONE.softensLabels()).isFalse();
  }

  /** Kolmogorov's: the largest distance between what was drawn and what is expected. */
  private static double distance(double alpha, DoubleUnaryOperator cumulative) {
    double[] shares = shares(alpha);
    Arrays.sort(shares);
    return IntStream.range(0, DRAWS)
        .mapToDouble(
            i -> {
              double expected = cumulative.applyAsDouble(shares[i]);
              double above = (i + 1.0) / DRAWS - expected;
              return Math.max(above, expected - (double) i / DRAWS);
            })
        .max()
        .orElseThrow();
  }

  private static double[] shares(double alpha) {
    Mixing mixing = new Mixing(alpha, 0);
    return LongStream.range(0, DRAWS).mapToDouble(mixing::share).toArray();
  }
}
