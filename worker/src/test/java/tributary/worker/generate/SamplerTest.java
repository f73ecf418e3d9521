package tributary.worker.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.datasets.text.Vocabulary;
import tributary.worker.model.ModelException;

class SamplerTest {
  private static final int DRAWS = 20_000;

  /** Five standard deviations of the share of a token that half of the draws should give. */
  private static final double BOUND = 5 * Math.sqrt(0.25 / DRAWS);

  /** What no text has is likeliest; then the end, and three tokens. */
  private static final float[] PROBABILITIES = {0.2f, 0.2f, 0.2f, 0.04f, 0.08f, 0.24f, 0.04f};

  @Test
  void drawsInProportionToTheProbabilities() {
    assertShares(new Sampler(1, 0, 1), 0.1, 0.2, 0.6, 0.1);
  }

  @Test
  void temperatureFlattensAndSharpens() {
    double root = Math.sqrt(0.1) * 2 + Math.sqrt(0.2) + Math.sqrt(0.6);
    double tenth = Math.sqrt(0.1) / root;
    assertShares(new Sampler(2, 0, 2), tenth, Math.sqrt(0.2) / root, Math.sqrt(0.6) / root, tenth);
    assertShares(new Sampler(0.5, 0, 3), 0.01 / 0.42, 0.04 / 0.42, 0.36 / 0.42, 0.01 / 0.42);
    assertShares(new Sampler(1e-300, 0, 4), 0, 0, 1, 0);
    assertShares(new Sampler(1e300, 0, 5), 0.25, 0.25, 0.25, 0.25);
  }

  @Test
  void topKDrawsFromTheMostLikelyAlone() {
    assertShares(new Sampler(1, 2, 6), 0, 0.25, 0.75, 0);
    assertShares(new Sampler(1, 3, 7), 0.1 / 0.9, 0.2 / 0.9, 0.6 / 0.9, 0);
    assertShares(new Sampler(1, 100, 8), 0.1, 0.2, 0.6, 0.1);
  }

  @Test
  void temperatureZeroAndTopOneTakeTheMostLikelyAndOfEqualOnesTheFirst() {
    SplittableRandom random = Seeds.random(9);
    for (int i = 0; i < 200; i++) {
      float[] probabilities = new float[5 + random.nextInt(50)];
      for (int token = 0; token < probabilities.length; token++) {
        probabilities[token] = (1 + random.nextInt(6)) / 6f;
      }
      int first =
          IntStream.range(Vocabulary.END, probabilities.length)
              .reduce((a, b) -> probabilities[b] > probabilities[a] ? b : a)
              .orElseThrow();
      assertThat(new Sampler(0, 0, i).next(probabilities)).isEqualTo(first);
      assertThat(new Sampler(0, 7, i).next(probabilities)).isEqualTo(first);
      assertThat(new Sampler(3, 1, i).next(probabilities)).isEqualTo(first);
    }
  }

  @Test
  void theSameSeedDrawsTheSame() {
    assertThat(draws(new Sampler(1, 0, 5), 100)).isEqualTo(draws(new Sampler(1, 0, 5), 100));
    assertThat(draws(new Sampler(1, 0, 5), 100)).isNotEqualTo(draws(new Sampler(1, 0, 6), 100));
  }

  @Test
  void whatIsNoProbabilityIsRefused() {
    for (float wrong : new float[] {Float.NaN, -0.3f, Float.POSITIVE_INFINITY}) {
      float[] probabilities = PROBABILITIES.clone();
      probabilities[5] = wrong;
      assertThatThrownBy(() -> new Sampler(1, 0, 1).next(probabilities))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("The network gives " + wrong + " for token 5: expected a prob");
    }
    assertThatThrownBy(() -> new Sampler(1, 0, 1).next(new float[] {0.5f, 0.5f, 0, 0, 0}))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("The network gives 0 for every token that a text may have");
    assertThatThrownBy(() -> new Sampler(-1, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("temperature must be a number >= 0, got -1.0");
    assertThatThrownBy(() -> new Sampler(1, -1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("top-k must be >= 0, got -1");
  }

  private static void assertShares(Sampler sampler, double... expected) {
    int[] counts = new int[PROBABILITIES.length];
    for (int token : draws(sampler, DRAWS)) {
      counts[token]++;
    }
    assertThat(Arrays.copyOf(counts, Vocabulary.END)).containsOnly(0);
    for (int i = 0; i < expected.length; i++) {
      double share = counts[Vocabulary.END + i] / (double) DRAWS;
      assertThat(share).as("token %d", Vocabulary.END + i).isCloseTo(expected[i], within(BOUND));
      assertThat(share == 0).isEqualTo(expected[i] == 0);
    }
  }

  private static int[] draws(Sampler sampler, int count) {
    return IntStream.range(0, count).map(i -> sampler.next(PROBABILITIES)).toArray();
  }
}
