package tributary.datasets.shard;

import java.util.Arrays;
import java.util.Optional;

/** What the examples of a dataset are, and what a network is to learn from them. */
public enum Task {
  /** An image and its class. */
  IMAGE_CLASSIFICATION("image-classification", true, true),
  /** An image and sentences that describe it. */
  CAPTIONING("captioning", true, false),
  /** An image and a class for each of its pixels. */
  SEGMENTATION("segmentation", true, false),
  /** An image, and boxes in it with a class each. */
  DETECTION("detection", true, false),
  /** A document and its class. */
  TEXT_CLASSIFICATION("text-classification", false, true),
  /** Documents alone: the next word is to be told. */
  LANGUAGE_MODEL("language-model", false, false),
  /** Sentences with a tag for each word. */
  TAGGING("tagging", false, false),
  /** A sequence and what it becomes: a translation, the sounds of a word. */
  PAIRS("pairs", false, false);

  private final String title;
  private final boolean ofImages;
  private final boolean classified;

  Task(String title, boolean ofImages, boolean classified) {
    this.title = title;
    this.ofImages = ofImages;
    this.classified = classified;
  }

  /** How a manifest and the user write it. */
  public String title() {
    return title;
  }

  /** Whether every example has an image; else it has text. */
  public boolean isOfImages() {
    return ofImages;
  }

  /** Whether every example has exactly one class. */
  public boolean isClassified() {
    return classified;
  }

  /** The task of that title, if there is one. */
  public static Optional<Task> of(String title) {
    return Arrays.stream(values()).filter(task -> task.title.equals(title)).findFirst();
  }

  @Override
  public String toString() {
    return title;
  }
}
