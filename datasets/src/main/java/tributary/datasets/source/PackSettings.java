package tributary.datasets.source;

import java.io.Serializable;
import java.util.Objects;
import tributary.datasets.Checks;
import tributary.datasets.text.TextSettings;

/**
 * How examples are packed. Sent.
 *
 * @param shardSize examples of a shard, at least 1; the last of a split may hold fewer
 * @param validationShare of the split {@code train} that goes to {@code validation}, by the hashes
 *     of names, in [0, 1)
 * @param channels that images are decoded to, 1 (grey) or 3 (RGB)
 * @param shortSide images whose shorter side has more pixels are made smaller; 0 leaves all as they
 *     are
 * @param jpegQuality of JPEGs that were made smaller, 1 to 100
 * @param maxBadFraction of bad examples, left out, that a dataset may have, in [0, 1]; negative if
 *     the first ends the packing
 * @param text which vocabularies are learned
 */
public record PackSettings(
    int shardSize,
    double validationShare,
    int channels,
    int shortSide,
    int jpegQuality,
    double maxBadFraction,
    TextSettings text)
    implements Serializable {
  /** Refuses values that do not fit the description above. */
  public PackSettings {
    Checks.argument(shardSize >= 1, "examples per shard must be >= 1, got %d", shardSize);
    Checks.argument(
        validationShare >= 0 && validationShare < 1,
        "validation share must be in [0, 1), got %s",
        validationShare);
    Checks.argument(channels == 1 || channels == 3, "channels must be 1 or 3, got %d", channels);
    Checks.argument(shortSide >= 0, "short side must be >= 0, got %d", shortSide);
    Checks.argument(
        jpegQuality >= 1 && jpegQuality <= 100,
        "JPEG quality must be in 1..100, got %d",
        jpegQuality);
    Checks.argument(
        maxBadFraction <= 1, "fraction of bad examples must be at most 1, got %s", maxBadFraction);
    Objects.requireNonNull(text, "text");
  }

  /** Without a wish for vocabularies. */
  public PackSettings(
      int shardSize,
      double validationShare,
      int channels,
      int shortSide,
      int jpegQuality,
      double maxBadFraction) {
    this(
        shardSize,
        validationShare,
        channels,
        shortSide,
        jpegQuality,
        maxBadFraction,
        TextSettings.DEFAULT);
  }

  /** Shards of that many examples, of which none may be bad, as they are. */
  public static PackSettings of(int shardSize, int channels) {
    return new PackSettings(shardSize, 0, channels, 0, 90, -1);
  }

  /** The same with other vocabularies. */
  public PackSettings withText(TextSettings wanted) {
    return new PackSettings(
        shardSize, validationShare, channels, shortSide, jpegQuality, maxBadFraction, wanted);
  }

  /** Whether bad examples are left out; else the first ends the packing. */
  public boolean skipsBad() {
    return maxBadFraction >= 0;
  }
}
