package tributary.worker.model;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import tributary.datasets.Checks;

/**
 * How a network departs from its paper; what is empty stays as published.
 *
 * @param width number of channels or units that the network's others follow, &gt;= 1; each network
 *     says whose
 * @param depth number of layers or blocks, &gt;= 1; each network says which
 * @param dropout share of values that are dropped in training, in [0, 1)
 * @param stem how a residual network begins
 */
public record ModelVariant(
    OptionalInt width, OptionalInt depth, OptionalDouble dropout, Stem stem) {
  /** Every network as published. */
  public static final ModelVariant PUBLISHED =
      new ModelVariant(OptionalInt.empty(), OptionalInt.empty(), OptionalDouble.empty(), Stem.AUTO);

  /** How a residual network begins. */
  public enum Stem {
    /** As suits the images' size. */
    AUTO,
    /** A 7x7 convolution of stride 2 and a pooling: an eighth of the pixels and less remain. */
    IMAGENET,
    /** A 3x3 convolution of stride 1: all pixels remain. */
    CIFAR
  }

  /** What can be chosen, named as in the settings. */
  enum Option {
    WIDTH,
    DEPTH,
    DROPOUT,
    STEM;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks the ranges. */
  public ModelVariant {
    Checks.argument(width.orElse(1) >= 1, "width must be >= 1, got %s", width);
    Checks.argument(depth.orElse(1) >= 1, "depth must be >= 1, got %s", depth);
    double share = dropout.orElse(0);
    Checks.argument(share >= 0 && share < 1, "dropout must be in [0, 1), got %s", dropout);
    Objects.requireNonNull(stem, "stem");
  }

  /** What is not as published. */
  Set<Option> chosen() {
    Set<Option> chosen = EnumSet.noneOf(Option.class);
    if (width.isPresent()) {
      chosen.add(Option.WIDTH);
    }
    if (depth.isPresent()) {
      chosen.add(Option.DEPTH);
    }
    if (dropout.isPresent()) {
      chosen.add(Option.DROPOUT);
    }
    if (stem != Stem.AUTO) {
      chosen.add(Option.STEM);
    }
    return chosen;
  }
}
