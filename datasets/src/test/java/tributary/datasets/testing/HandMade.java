package tributary.datasets.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import tributary.datasets.Checks;
import tributary.datasets.Storage;
import tributary.datasets.image.Image;
import tributary.datasets.image.PngEncoder;
import tributary.datasets.shard.ChannelStatistics;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Example;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.shard.ShardWriter;
import tributary.datasets.shard.Task;
import tributary.datasets.text.TextFields;

/**
 * Tiny datasets with one split, {@code train}: grey images of 4x4 pixels, 3 classes, label = number
 * modulo 3, and statistics of mean 0 and standard deviation 0.
 */
public final class HandMade {
  /** Number of classes. */
  public static final int CLASSES = 3;

  /** Height and width of every image. */
  public static final int SIDE = 4;

  private HandMade() {}

  /** A PNG whose every pixel is {@code number % 256}. */
  public static byte[] png(int number) {
    byte[] pixels = new byte[SIDE * SIDE];
    Arrays.fill(pixels, (byte) number);
    return PngEncoder.encode(new Image(1, SIDE, SIDE, pixels));
  }

  /** The key of an example: its number, padded. */
  public static String key(int number) {
    return Checks.format("%07d", number);
  }

  /** Writes a dataset of {@link #png}s, one shard for each given count of examples. */
  public static Dataset dataset(Path folder, int... examplesPerShard) {
    return dataset(folder, HandMade::png, examplesPerShard);
  }

  /**
   * Writes a dataset whose images are any bytes: {@code image} maps an example's number to them.
   */
  public static Dataset dataset(Path folder, IntFunction<byte[]> image, int... examplesPerShard) {
    try {
      List<ShardInfo> shards = new ArrayList<>();
      int number = 0;
      for (int examples : examplesPerShard) {
        String name = Checks.format("train-%05d", shards.size());
        shards.add(shard(folder, name, "png", number, examples, image));
        number += examples;
      }
      Manifest manifest =
          new Manifest(
              Task.IMAGE_CLASSIFICATION,
              List.of("a", "b", "c"),
              Images.of(
                  new ImageShape(1, SIDE, SIDE), new ChannelStatistics(List.of(0.0), List.of(0.0))),
              Map.of("train", shards));
      Files.createDirectories(folder);
      Files.write(folder.resolve(Manifest.FILE_NAME), manifest.toJson());
      return Dataset.open(folder.toUri().toString(), new Configuration());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes a dataset of colour JPEGs in splits {@code train} and {@code test}, with the statistics
   * that ImageNet is known for.
   *
   * @param jpeg maps an example's number to its picture
   * @param size of all pictures; empty if they differ
   */
  public static Dataset photos(
      Path folder, IntFunction<byte[]> jpeg, Optional<Images.Size> size, int train, int test) {
    try {
      Images images =
          new Images(
              3,
              size,
              new ChannelStatistics(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225)));
      Manifest manifest =
          new Manifest(
              Task.IMAGE_CLASSIFICATION,
              List.of("a", "b", "c"),
              images,
              Map.of(
                  "train", List.of(shard(folder, "train-00000", "jpg", 0, train, jpeg)),
                  "test", List.of(shard(folder, "test-00000", "jpg", train, test, jpeg))));
      Files.write(folder.resolve(Manifest.FILE_NAME), manifest.toJson());
      return Dataset.open(folder.toUri().toString(), new Configuration());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a dataset of one shard of documents without a vocabulary, of classes as above. */
  public static Dataset documents(Path folder, String... documents) {
    try {
      ShardInfo shard =
          shard(
              folder,
              "train-00000",
              TextFields.TEXT,
              0,
              documents.length,
              i -> documents[i].getBytes(StandardCharsets.UTF_8));
      Manifest manifest =
          new Manifest(
              Task.TEXT_CLASSIFICATION,
              List.of("a", "b", "c"),
              /* images= */ null,
              Map.of("train", List.of(shard)));
      Files.write(folder.resolve(Manifest.FILE_NAME), manifest.toJson());
      return Dataset.open(folder.toUri().toString(), new Configuration());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ShardInfo shard(
      Path folder,
      String name,
      String extension,
      int first,
      int examples,
      IntFunction<byte[]> content)
      throws IOException {
    org.apache.hadoop.fs.Path directory = new org.apache.hadoop.fs.Path(folder.toUri());
    FileSystem fs = Storage.fileSystem(directory, new Configuration());
    try (ShardWriter writer = new ShardWriter(fs, directory, name)) {
      for (int number = first; number < first + examples; number++) {
        int label = number % CLASSES;
        writer.add(Example.ofImage(key(number), extension, content.apply(number), label), label);
      }
      return writer.finish();
    }
  }
}
