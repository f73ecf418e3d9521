package tributary.worker.model;

import java.util.Objects;
import tributary.datasets.Checks;
import tributary.datasets.shard.ImageShape;

/** What a zoo model is fed with. */
public sealed interface ModelInput {
  /** What kind of examples these are, for messages: "images" or "tokens". */
  String kind();

  /** Shape of a minibatch of one example, as long as they get. */
  int[] shapeOfOne();

  /**
   * Images of one shape: minibatches {@code {size, channels, height, width}}.
   *
   * @param shape channels, height and width
   */
  record Images(ImageShape shape) implements ModelInput {
    /** Refuses a missing shape. */
    public Images {
      Objects.requireNonNull(shape, "shape");
    }

    @Override
    public String kind() {
      return "images";
    }

    @Override
    public int[] shapeOfOne() {
      return new int[] {1, shape.channels(), shape.height(), shape.width()};
    }
  }

  /**
   * Sequences of token numbers: minibatches {@code {size, 1, steps}}.
   *
   * @param vocabulary number of tokens, &gt;= 2: token numbers are in {@code 0..vocabulary-1}
   * @param length steps of a sequence at most, &gt;= 1
   */
  record Tokens(int vocabulary, int length) implements ModelInput {
    /** Checks the ranges. */
    public Tokens {
      Checks.argument(vocabulary >= 2, "a vocabulary needs >= 2 tokens, got %d", vocabulary);
      Checks.argument(length >= 1, "sequences need >= 1 steps, got %d", length);
    }

    @Override
    public String kind() {
      return "tokens";
    }

    @Override
    public int[] shapeOfOne() {
      return new int[] {1, 1, length};
    }
  }
}
