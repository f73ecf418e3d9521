package tributary.datasets.minibatch;

import tributary.datasets.Checks;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.Planes;
import tributary.datasets.augment.View;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.MeanImage;
import tributary.datasets.image.Pixels;

/** Turns looks at pictures into features. Not changed after construction: safe for threads. */
final class ImageFeatures {
  private final ImagePipeline pipeline;
  private final Normalization normalization;

  /** Whether pixels are normalized at once, by the tables. */
  private final boolean atOnce;

  /** What each pixel value becomes at first, {@code [channels][256]}. */
  private final float[][] tables;

  /** What was subtracted last: of pictures of one size, most looks are alike. */
  private volatile Seen seen;

  ImageFeatures(Preprocessing preprocessing) {
    this.pipeline = preprocessing.pipeline();
    this.normalization = preprocessing.normalization();
    int channels = pipeline.output().channels();
    Checks.argument(
        channels == normalization.mean().length,
        "normalization is for %d channels, images have %d",
        normalization.mean().length,
        channels);
    this.atOnce = pipeline.changes().isEmpty() && normalization.meanImage() == null;
    this.tables =
        atOnce
            ? normalization.tables()
            : new Normalization(new float[channels], new float[channels]).tables();
  }

  /**
   * Passes if pictures of that size can be normalized.
   *
   * @throws BadImageException if the mean image has another
   */
  void requireSize(int height, int width) throws BadImageException {
    MeanImage mean = normalization.meanImage();
    if (mean != null && (height != mean.height() || width != mean.width())) {
      throw new BadImageException(
          Checks.format(
              "image: expected %dx%d pixels, as the mean image has, found %dx%d",
              mean.width(), mean.height(), width, height));
    }
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
    pipeline.change(seed, planes);
    if (normalization.meanImage() != null) {
      normalization.apply(planes, mean(view));
    } else if (!atOnce) {
      normalization.apply(planes);
    }
    pipeline.erase(seed, planes);
  }

  /** The mean image, seen as the picture is. */
  private float[] mean(View view) {
    Seen last = seen;
    if (last == null || !last.view.equals(view)) {
      last = new Seen(view, seen(view));
      seen = last;
    }
    return last.mean;
  }

  private float[] seen(View view) {
    int height = pipeline.output().height();
    int width = pipeline.output().width();
    float[] mean = normalization.meanImage().window(view.cut(), height, width);
    if (!view.mirrored()) {
      return mean;
    }
    float[] mirrored = new float[mean.length];
    for (int i = 0; i < mean.length; i++) {
      int column = i % width;
      mirrored[i - column + width - 1 - column] = mean[i];
    }
    return mirrored;
  }

  /** The mean image in one look. */
  @SuppressWarnings("ArrayRecordComponent") // hot path; never compared
  private record Seen(View view, float[] mean) {}

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
