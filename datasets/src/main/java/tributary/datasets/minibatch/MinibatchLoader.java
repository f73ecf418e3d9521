package tributary.datasets.minibatch;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import tributary.datasets.Checks;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.Image;
import tributary.datasets.image.ImageDecoder;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.LabelledExample;

/** Reads, decodes and normalizes the examples of one minibatch. */
final class MinibatchLoader {
  private final Dataset dataset;
  private final String split;
  private final ImageShape shape;
  private final int classes;
  private final Normalization normalization;

  /** Of the one thread that loads; any may look. */
  private final AtomicLong readNanos = new AtomicLong();

  private final AtomicLong decodeNanos = new AtomicLong();

  MinibatchLoader(Dataset dataset, String split, Normalization normalization) {
    this.dataset = dataset;
    this.split = split;
    this.shape = dataset.manifest().images().shape().orElseThrow();
    this.classes = dataset.manifest().classes().size();
    this.normalization = normalization;
  }

  /**
   * Loads {@code numbers[from]} to {@code numbers[from + size - 1]}.
   *
   * @param cancelled asked before each example
   * @return null if cancelled
   */
  Minibatch load(long[] numbers, int from, int size, BooleanSupplier cancelled) throws IOException {
    float[] features = new float[Math.multiplyExact(size, shape.values())];
    int[] labels = new int[size];
    long[] read = new long[size];
    for (int i = 0; i < size; i++) {
      if (cancelled.getAsBoolean()) {
        return null;
      }
      long began = System.nanoTime();
      LabelledExample example = dataset.read(split, numbers[from + i]);
      long fetched = System.nanoTime();
      labels[i] = label(example);
      read[i] = example.number();
      normalization.apply(image(example), features, i * shape.values());
      readNanos.addAndGet(fetched - began);
      decodeNanos.addAndGet(System.nanoTime() - fetched);
    }
    int[] sizes = {size, shape.channels(), shape.height(), shape.width()};
    return new Minibatch(read, features, sizes, labels, classes);
  }

  /** Of the time that loading took so far, the share that went to reading, not decoding; 0..1. */
  double readShare() {
    double reading = (double) readNanos.get();
    double all = reading + (double) decodeNanos.get();
    return all == 0 ? 0 : reading / all;
  }

  private int label(LabelledExample example) throws BadExampleException {
    if (example.label() < 0 || example.label() >= classes) {
      throw example.bad(
          Checks.format("label: expected 0..%d, found %d", classes - 1, example.label()));
    }
    return example.label();
  }

  private Image image(LabelledExample example) throws BadExampleException {
    byte[] encoded =
        example.example().image().orElseThrow(() -> example.bad("has no image")).getValue();
    Image image;
    try {
      image = ImageDecoder.decode(encoded, shape.channels());
    } catch (BadImageException e) {
      BadExampleException bad = example.bad(e.getMessage());
      bad.initCause(e);
      throw bad;
    }
    if (image.height() != shape.height() || image.width() != shape.width()) {
      throw example.bad(
          Checks.format(
              "image: expected %dx%d pixels, found %dx%d",
              shape.width(), shape.height(), image.width(), image.height()));
    }
    return image;
  }
}
