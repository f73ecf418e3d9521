package tributary.datasets.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import tributary.datasets.Storage;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Example;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.shard.ShardWriter;

/** Datasets of which some images are broken, though their shards are intact to the checksum. */
public final class BrokenImages {
  private BrokenImages() {}

  /** No picture, of several kinds: a truncated JPEG, no bytes at all, a page of HTML. */
  public static byte[] bytes(long number) {
    return switch ((int) (number % 3)) {
      case 0 -> {
        byte[] whole = Photos.jpeg(28, 28, number);
        yield Arrays.copyOf(whole, whole.length * 2 / 3);
      }
      case 1 -> new byte[0];
      default -> "<html>404</html>".getBytes(StandardCharsets.US_ASCII);
    };
  }

  /**
   * Copies a dataset of labelled images, shard by shard, with the same keys.
   *
   * @param broken numbers of the examples, by split, whose images become {@link #bytes}
   */
  public static void copy(Path from, Path to, Map<String, Set<Long>> broken) {
    try (Dataset dataset = Dataset.open(from.toUri().toString(), new Configuration())) {
      Files.createDirectories(to);
      Manifest manifest = dataset.manifest();
      Map<String, List<ShardInfo>> splits = new LinkedHashMap<>();
      for (String split : manifest.splits().keySet()) {
        splits.put(split, copy(dataset, split, to, broken.getOrDefault(split, Set.of())));
      }
      Files.write(
          to.resolve(Manifest.FILE_NAME),
          new Manifest(manifest.task(), manifest.classes(), manifest.images(), splits).toJson());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<ShardInfo> copy(Dataset dataset, String split, Path to, Set<Long> broken)
      throws IOException {
    var directory = new org.apache.hadoop.fs.Path(to.toUri());
    FileSystem fs = Storage.fileSystem(directory, new Configuration());
    List<ShardInfo> shards = new ArrayList<>();
    long number = 0;
    for (ShardInfo shard : dataset.manifest().shards(split)) {
      try (ShardWriter writer = new ShardWriter(fs, directory, shard.name())) {
        for (int i = 0; i < shard.examples(); i++, number++) {
          LabelledExample example = dataset.read(split, number);
          writer.add(
              broken.contains(number)
                  ? Example.ofImage(example.example().key(), "jpg", bytes(number), example.label())
                  : example.example(),
              example.label());
        }
        shards.add(writer.finish());
      }
    }
    return shards;
  }
}
