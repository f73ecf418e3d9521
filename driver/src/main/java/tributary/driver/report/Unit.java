package tributary.driver.report;

import java.util.Locale;
import tributary.datasets.shard.Task;
import tributary.driver.round.RoundOutcome;

/** What people count when they ask how fast a run is. */
public enum Unit {
  /** Examples that are images. */
  IMAGES,
  /** Examples that are texts. */
  DOCUMENTS,
  /** Labels of texts that have one at each token. */
  TOKENS;

  /** The unit of a task. */
  public static Unit of(Task task) {
    return switch (task) {
      case TAGGING, LANGUAGE_MODEL -> TOKENS;
      case TEXT_CLASSIFICATION, PAIRS -> DOCUMENTS;
      case IMAGE_CLASSIFICATION, CAPTIONING, SEGMENTATION, DETECTION -> IMAGES;
    };
  }

  long count(RoundOutcome outcome) {
    return this == TOKENS ? outcome.labels() : outcome.examples();
  }

  /** The name of a speed in JSON, for example {@code images-per-second}. */
  public String perSecond() {
    return this + "-per-second";
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
