package tributary.worker.generate;

import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;
import tributary.datasets.text.Vocabulary;
import tributary.worker.model.ModelException;

/**
 * Draws tokens by the probabilities that a network gives them: the most likely ones alone, as Fan,
 * Lewis and Dauphin do in "Hierarchical Neural Story Generation", arXiv:1805.04833, each by {@code
 * probability^(1/temperature)}. Never draws what no text has: padding, unknown tokens and
 * beginnings.
 *
 * <p>The same seed and the same probabilities give the same tokens on every machine. Not safe for
 * several threads.
 */
public final class Sampler {
  private final double temperature;
  private final int topK;
  private final SplittableRandom random;

  /**
   * A sampler at the beginning of its random numbers.
   *
   * @param temperature at least 0: below 1 likely tokens become likelier, above 1 the unlikely
   *     ones; 0 takes the most likely one
   * @param topK how many of the most likely tokens are drawn from; 0 for all
   * @param seed of the random numbers
   */
  public Sampler(double temperature, int topK, long seed) {
    Checks.argument(
        temperature >= 0 && Double.isFinite(temperature),
        "temperature must be a number >= 0, got %s",
        temperature);
    Checks.argument(topK >= 0, "top-k must be >= 0, got %d", topK);
    this.temperature = temperature;
    this.topK = topK;
    this.random = Seeds.random(seed);
  }

  /**
   * Draws one token.
   *
   * @param probabilities of all tokens, by their numbers; they need not add up to 1
   * @throws ModelException if one of them is no probability, or no token is possible
   */
  public int next(float[] probabilities) {
    int[] tokens = mostLikely(probabilities);
    return temperature == 0 ? tokens[0] : tokens[draw(probabilities, tokens)];
  }

  /** The tokens to draw from, the most likely first, of equal ones that of the lower number. */
  private int[] mostLikely(float[] probabilities) {
    for (int token = 0; token < probabilities.length; token++) {
      float probability = probabilities[token];
      if (!(probability >= 0) || Float.isInfinite(probability)) {
        throw new ModelException(
            Checks.format(
                "The network gives %s for token %d: expected a probability, as an output layer with"
                    + " softmax gives",
                probability, token));
      }
    }
    int[] tokens =
        IntStream.range(Vocabulary.END, probabilities.length)
            .boxed()
            .sorted(Comparator.comparing(token -> -probabilities[token])) // stable
            .limit(topK == 0 ? Long.MAX_VALUE : topK)
            .mapToInt(Integer::intValue)
            .toArray();
    if (tokens.length == 0 || probabilities[tokens[0]] == 0) {
      throw new ModelException(
          "The network gives 0 for every token that a text may have: expected one above 0");
    }
    return tokens;
  }

  /** An index into the tokens. */
  private int draw(float[] probabilities, int[] tokens) {
    double largest = StrictMath.log(probabilities[tokens[0]]);
    double[] upTo = new double[tokens.length];
    double sum = 0;
    for (int i = 0; i < upTo.length; i++) {
      double log = StrictMath.log(probabilities[tokens[i]]);
      sum += StrictMath.exp((log - largest) / temperature);
      upTo[i] = sum;
    }
    double drawn = Math.min(random.nextDouble() * sum, Math.nextDown(sum));
    int index = 0;
    while (upTo[index] <= drawn) {
      index++;
    }
    return index;
  }
}
