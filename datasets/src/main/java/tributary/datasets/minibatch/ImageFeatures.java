package tributary.datasets.minibatch;

import tributary.datasets.Checks;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.Planes;
import tributary.datasets.augment.View;
import tributary.datasets.image.Pixels;

/** Turns looks at pictures into features. Not changed after construction: safe for threads. */
final class ImageFeatures {
  private final ImagePipeline pipeline;
  private final Normalization normalization;

  /** What each pixel value becomes at first, {@code [channels][256]}. */
  private final float[][] tables;

  ImageFeatures(Preprocessing preprocessing) {
    this.pipeline = preprocessing.pipeline();
    this.normalization = preprocessing.normalization();
    int channels = pipeline.output().channels();
    Checks.argument(
        channels == normalization.mean().length,
        "normalization is for %d channels, images have %d",
        normalization.mean().length,
        channels);
    this.tables =
        pipeline.changes().isEmpty()
            ? normalization.tables()
            : new Normalization(new float[channels], new float[channels]).tables();
  }

  /**
   * Writes the features of one look, {@code [channels][height][width]} from {@code at} on.
   *
   * @param seed of the example
   */
  void write(Pixels pixels, View view, long seed, float[] features, int at) {
    int count = pixels.height() * pixels.width();
    for (int c = 0; c < pixels.channels(); c++) {
      if (view.mirrored()) {
        copyMirrored(pixels, c, features, at + c * count);
      } else {
        copy(pixels, c, features, at + c * count);
      }
    }
    Planes planes = new Planes(features, at, pixels.channels(), count);
    if (!pipeline.changes().isEmpty()) {
      pipeline.change(seed, planes);
      normalization.apply(planes);
    }
    pipeline.erase(seed, planes);
  }

  private void copy(Pixels pixels, int channel, float[] features, int at) {
    byte[] values = pixels.values();
    float[] table = tables[channel];
    int from = channel;
    int end = at + pixels.height() * pixels.width();
    for (int to = at; to < end; to++) {
      features[to] = table[values[from] & 0xff];
      from += pixels.channels();
    }
  }

  private void copyMirrored(Pixels pixels, int channel, float[] features, int at) {
    byte[] values = pixels.values();
    float[] table = tables[channel];
    int from = channel;
    for (int row = 0; row < pixels.height(); row++) {
      int first = at + row * pixels.width();
      for (int to = first + pixels.width() - 1; to >= first; to--) {
        features[to] = table[values[from] & 0xff];
        from += pixels.channels();
      }
    }
  }
}
