package tributary.driver.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.InputTimes;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.OnBadExample;
import tributary.datasets.minibatch.Preprocessing;
import tributary.datasets.minibatch.ReadAhead;
import tributary.datasets.minibatch.SampleOrder;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.Dataset;

/**
 * How fast examples become minibatches on this machine without any training: ours by stage, and the
 * same pictures by ImageIO. The two take turns, so that a busy machine slows both, and the fastest
 * pass of each counts.
 */
public final class InputBenchmark {
  private static final int MINIBATCH = 32;
  private static final int BLOCK = 32;
  private static final int WINDOW = 256;

  private final Dataset dataset;
  private final String split;
  private final Preprocessing preprocessing;
  private final ReadAhead ahead;
  private final OnBadExample onBadExample;
  private final long[] numbers;

  /**
   * A benchmark of the first examples of an epoch's order.
   *
   * @param ahead how many threads decode, and how far
   * @param onBadExample what becomes of one that cannot be used: those left out are not measured
   * @param examples at most so many, at least 1
   */
  public InputBenchmark(
      Dataset dataset,
      String split,
      Preprocessing preprocessing,
      ReadAhead ahead,
      OnBadExample onBadExample,
      int examples)
      throws IOException {
    Checks.argument(examples >= 1, "--examples must be >= 1, got %d", examples);
    this.dataset = dataset;
    this.split = split;
    this.preprocessing = preprocessing;
    this.ahead = ahead;
    this.onBadExample = onBadExample;
    int[] shards = dataset.manifest().examplesPerShard(split);
    SampleOrder order =
        new SampleOrder(preprocessing.seed(), preprocessing.epoch(), shards, BLOCK, WINDOW);
    this.numbers = order.slice(0, (int) Math.min(examples, order.size()));
  }

  /**
   * What was measured.
   *
   * @param examples of each pass
   * @param bytes of their encoded images
   * @param seconds of the fastest pass of ours, wall time
   * @param times of that pass, summed over its threads
   * @param yardstick by ImageIO, in one thread
   * @param leftOut bad examples, which no pass has
   */
  public record Report(
      int examples,
      long bytes,
      double seconds,
      InputTimes times,
      Yardstick yardstick,
      List<BadExample> leftOut) {
    /** How many times the examples that ImageIO decodes and augments ours does in a second. */
    public double speedUp() {
      double ours = (double) times.decodeNanos() + times.augmentNanos() + times.assembleNanos();
      return yardstick.nanosPerExample() * examples / ours;
    }
  }

  /**
   * The fastest pass by ImageIO.
   *
   * @param examples that it could read
   * @param decodeNanos decoding
   * @param augmentNanos cutting, scaling, mirroring and normalizing
   */
  public record Yardstick(int examples, long decodeNanos, long augmentNanos) {
    double nanosPerExample() {
      return ((double) decodeNanos + augmentNanos) / examples;
    }
  }

  /**
   * Measures.
   *
   * @param passes over the examples, at least 1; one more before is for warming up, and finds what
   *     is bad
   * @throws tributary.datasets.DataException if no example can be used
   */
  public Report run(int passes) throws IOException {
    Checks.argument(passes >= 1, "--passes must be >= 1, got %d", passes);
    List<BadExample> leftOut = ours(numbers).leftOut;
    long[] usable = without(leftOut);
    List<byte[]> encoded = encoded(usable);
    yardstick(usable, encoded);
    Pass fastest = null;
    Yardstick yardstick = null;
    for (int i = 0; i < passes; i++) {
      Pass pass = ours(usable);
      fastest = fastest == null || pass.work() < fastest.work() ? pass : fastest;
      Yardstick other = yardstick(usable, encoded);
      boolean faster = yardstick == null || other.nanosPerExample() < yardstick.nanosPerExample();
      yardstick = faster ? other : yardstick;
    }
    long bytes = encoded.stream().mapToLong(image -> image.length).sum();
    return new Report(usable.length, bytes, fastest.seconds, fastest.times, yardstick, leftOut);
  }

  private long[] without(List<BadExample> leftOut) throws DataException {
    Set<Long> bad = leftOut.stream().map(BadExample::number).collect(Collectors.toSet());
    long[] usable = LongStream.of(numbers).filter(number -> !bad.contains(number)).toArray();
    if (usable.length == 0) {
      throw new DataException(
          Checks.format(
              "None of %d examples of split %s can be used; the first is %s",
              numbers.length, split, leftOut.get(0).describe()));
    }
    return usable;
  }

  private Pass ours(long[] some) throws IOException {
    int[] sizes = new int[(some.length + MINIBATCH - 1) / MINIBATCH];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.min(MINIBATCH, some.length - i * MINIBATCH);
    }
    long began = System.nanoTime();
    try (MinibatchReader reader =
        new MinibatchReader(dataset, split, preprocessing, some, sizes, ahead, onBadExample)) {
      while (reader.hasNext()) {
        reader.next();
      }
      return new Pass((System.nanoTime() - began) / 1e9, reader.times(), reader.leftOut());
    }
  }

  private Yardstick yardstick(long[] some, List<byte[]> encoded) throws IOException {
    ImageIoYardstick imageIo =
        new ImageIoYardstick(preprocessing.pipeline(), preprocessing.normalization());
    int read = 0;
    for (int i = 0; i < encoded.size(); i++) {
      long seed = Seeds.mix(preprocessing.seed(), preprocessing.epoch(), some[i]);
      Optional<float[]> features = imageIo.features(encoded.get(i), seed);
      read += features.isPresent() ? 1 : 0;
    }
    return new Yardstick(read, imageIo.decodeNanos(), imageIo.augmentNanos());
  }

  private List<byte[]> encoded(long[] some) throws IOException {
    List<byte[]> encoded = new ArrayList<>();
    for (long number : some) {
      dataset
          .read(split, number)
          .example()
          .image()
          .ifPresent(image -> encoded.add(image.getValue()));
    }
    return encoded;
  }

  /** One pass of ours. */
  private record Pass(double seconds, InputTimes times, List<BadExample> leftOut) {
    long work() {
      return times.decodeNanos() + times.augmentNanos() + times.assembleNanos();
    }
  }
}
