package tributary.driver.conf;

/** What is subtracted from pixels. */
public enum MeanType {
  /** One number for each channel. */
  CHANNEL,
  /** The mean of the training images, pixel by pixel. */
  PIXEL
}
