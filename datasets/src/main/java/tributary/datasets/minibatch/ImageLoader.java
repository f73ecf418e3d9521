package tributary.datasets.minibatch;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.View;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.Picture;
import tributary.datasets.image.Pixels;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.LabelledExample;

/** Reads, decodes, augments and normalizes the images of minibatches. */
final class ImageLoader implements Loader {
  private final Dataset dataset;
  private final String split;
  private final Preprocessing preprocessing;
  private final OnBadExample onBadExample;
  private final ImagePipeline pipeline;
  private final ImageFeatures images;
  private final ExampleMixer mixer;
  private final ImageShape shape;
  private final int classes;

  private final AtomicLong readNanos = new AtomicLong();
  private final AtomicLong decodeNanos = new AtomicLong();
  private final AtomicLong augmentNanos = new AtomicLong();
  private final AtomicLong assembleNanos = new AtomicLong();

  ImageLoader(
      Dataset dataset, String split, Preprocessing preprocessing, OnBadExample onBadExample) {
    this.dataset = dataset;
    this.split = split;
    this.preprocessing = preprocessing;
    this.onBadExample = onBadExample;
    this.pipeline = preprocessing.pipeline();
    this.images = new ImageFeatures(preprocessing);
    this.mixer = new ExampleMixer(preprocessing);
    this.shape = pipeline.output();
    this.classes = dataset.manifest().classes().size();
  }

  /** Loads some examples: each makes as many rows of the minibatch as the pipeline has views. */
  @Override
  public Loaded load(long[] numbers, SideBySide threads, BooleanSupplier cancelled)
      throws IOException {
    Minibatch minibatch = blank(numbers.length);
    Loaded.One[] each = new Loaded.One[numbers.length];
    int[] runs = Runs.starts(numbers, threads.threads());
    threads.run(
        runs.length - 1,
        run -> {
          for (int i = runs[run]; i < runs[run + 1] && !cancelled.getAsBoolean(); ) {
            for (LabelledExample example : read(numbers[i], runs[run + 1] - i)) {
              if (!cancelled.getAsBoolean()) {
                each[i] = load(example, i * pipeline.views(), minibatch);
              }
              i++;
            }
          }
        });
    return cancelled.getAsBoolean()
        ? null
        : mixed(Loaded.of(minibatch, each, pipeline.views()), threads);
  }

  private Minibatch blank(int examples) {
    long began = System.nanoTime();
    int rows = Math.multiplyExact(examples, pipeline.views());
    float[] features = new float[Math.multiplyExact(rows, shape.values())];
    int[] sizes = {rows, shape.channels(), shape.height(), shape.width()};
    Minibatch minibatch = new Minibatch(new long[rows], features, sizes, new int[rows], classes);
    assembleNanos.addAndGet(System.nanoTime() - began);
    return minibatch;
  }

  private Loaded mixed(Loaded loaded, SideBySide threads) throws IOException {
    long began = System.nanoTime();
    Minibatch mixed = mixer.mix(loaded.minibatch(), threads);
    augmentNanos.addAndGet(System.nanoTime() - began);
    return new Loaded(mixed, loaded.leftOut(), loaded.origins());
  }

  @Override
  public InputTimes times() {
    return new InputTimes(
        readNanos.get(), decodeNanos.get(), augmentNanos.get(), assembleNanos.get());
  }

  private List<LabelledExample> read(long number, int most) throws IOException {
    long began = System.nanoTime();
    List<LabelledExample> examples = dataset.read(split, number, most);
    readNanos.addAndGet(System.nanoTime() - began);
    return examples;
  }

  /** Fills the rows of one example, from {@code row} on, unless it is bad, and left out. */
  private Loaded.One load(LabelledExample example, int row, Minibatch minibatch)
      throws IOException {
    try {
      return new Loaded.One(Origin.of(example, fill(example, row, minibatch)), null);
    } catch (BadExampleException | BadImageException e) {
      return new Loaded.One(
          Origin.of(example, null), onBadExample.leaveOut(example.bad(split, e.getMessage()), e));
    }
  }

  /** Fills an example's rows; returns the size of its picture. */
  private Images.Size fill(LabelledExample example, int row, Minibatch minibatch)
      throws DataException {
    long began = System.nanoTime();
    Arrays.fill(minibatch.labels(), row, row + pipeline.views(), label(example));
    Arrays.fill(minibatch.numbers(), row, row + pipeline.views(), example.number());
    long seed = preprocessing.seedOf(example.number());
    Looks looks = looks(example, seed);
    long decoded = System.nanoTime();
    for (int i = 0; i < looks.views.size(); i++) {
      int at = (row + i) * shape.values();
      images.write(looks.pixels.get(i), looks.views.get(i), seed, minibatch.features(), at);
    }
    decodeNanos.addAndGet(decoded - began);
    augmentNanos.addAndGet(System.nanoTime() - decoded);
    return looks.size;
  }

  private int label(LabelledExample example) throws BadExampleException {
    if (example.label() < 0 || example.label() >= classes) {
      throw new BadExampleException(
          Checks.format("label: expected 0..%d, found %d", classes - 1, example.label()));
    }
    return example.label();
  }

  private Looks looks(LabelledExample example, long seed) throws DataException {
    byte[] encoded =
        example
            .example()
            .image()
            .orElseThrow(() -> new BadExampleException("has no image"))
            .getValue();
    Picture picture = Picture.of(encoded);
    images.requireSize(picture.height(), picture.width());
    List<View> views = pipeline.views(seed, picture.height(), picture.width());
    List<Pixels> pixels =
        picture.windows(
            views.stream().map(View::cut).toList(),
            shape.channels(),
            shape.height(),
            shape.width());
    return new Looks(new Images.Size(picture.height(), picture.width()), views, pixels);
  }

  /** The size of a picture, the looks at it, and what they see. */
  private record Looks(Images.Size size, List<View> views, List<Pixels> pixels) {}
}
