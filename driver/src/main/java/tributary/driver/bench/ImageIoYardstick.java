package tributary.driver.bench;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.View;
import tributary.datasets.image.Cut;
import tributary.datasets.minibatch.Normalization;

/**
 * The same work as the input pipeline's by what every JDK has: ImageIO decodes, Java 2D cuts,
 * scales bilinearly and mirrors. Colours are not changed. In the calling thread.
 */
final class ImageIoYardstick {
  private static final int WHITE = 255;

  private final ImagePipeline pipeline;
  private final Normalization normalization;
  private long decodeNanos;
  private long augmentNanos;

  ImageIoYardstick(ImagePipeline pipeline, Normalization normalization) {
    this.pipeline = pipeline;
    this.normalization = normalization;
  }

  long decodeNanos() {
    return decodeNanos;
  }

  long augmentNanos() {
    return augmentNanos;
  }

  /**
   * The features of a picture's views; empty if ImageIO does not read it.
   *
   * @param seed of the random choices
   */
  Optional<float[]> features(byte[] encoded, long seed) throws IOException {
    long began = System.nanoTime();
    BufferedImage picture;
    try {
      picture =
          ImageIO.read( // which closes what it reads
              new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded)));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
    if (picture == null) {
      return Optional.empty();
    }
    long decoded = System.nanoTime();
    List<View> views = pipeline.views(seed, picture.getHeight(), picture.getWidth());
    float[] features = new float[views.size() * pipeline.output().values()];
    for (int i = 0; i < views.size(); i++) {
      write(window(picture, views.get(i)), features, i * pipeline.output().values());
    }
    decodeNanos += decoded - began;
    augmentNanos += System.nanoTime() - decoded;
    return Optional.of(features);
  }

  private BufferedImage window(BufferedImage picture, View view) {
    int height = pipeline.output().height();
    int width = pipeline.output().width();
    Cut cut = view.cut();
    BufferedImage window = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = window.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    int left = view.mirrored() ? width + cut.left() : -cut.left();
    int right = view.mirrored() ? left - cut.width() : left + cut.width();
    graphics.drawImage(
        picture,
        left,
        -cut.top(),
        right,
        cut.height() - cut.top(),
        cut.region().left(),
        cut.region().top(),
        cut.region().left() + cut.region().width(),
        cut.region().top() + cut.region().height(),
        null);
    graphics.dispose();
    return window;
  }

  private void write(BufferedImage window, float[] features, int at) {
    int[] pixels = ((DataBufferInt) window.getRaster().getDataBuffer()).getData();
    int channels = pipeline.output().channels();
    for (int c = 0; c < channels; c++) {
      int shift = 16 - 8 * c;
      float mean = normalization.mean()[c];
      float std = normalization.std()[c] == 0 ? 1 : normalization.std()[c];
      for (int i = 0; i < pixels.length; i++) {
        int value = pixels[i] >> shift & WHITE;
        features[at + c * pixels.length + i] = (value / (float) WHITE - mean) / std;
      }
    }
  }
}
