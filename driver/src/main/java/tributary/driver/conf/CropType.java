package tributary.driver.conf;

/** Which part of an image is seen in training. */
public enum CropType {
  /** All of it. */
  NONE,
  /** Its middle. */
  CENTER,
  /** A part anywhere in it. */
  RANDOM,
  /** A part of random size and shape anywhere in it. */
  RANDOM_RESIZED
}
