package tributary.driver.features;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.image.ImageFormat;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Example;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.shard.ShardWriter;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.Settings;
import tributary.driver.run.ReplicaSetups;
import tributary.worker.engine.Replica;
import tributary.worker.executor.Engines;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.features.FeatureExtractor;
import tributary.worker.features.FeatureRow;
import tributary.worker.train.Places;
import tributary.worker.train.TrainingInput;

/**
 * The vectors of an image that is in no dataset, in this process: packed into a dataset of one
 * example, it goes the way of all others. Driver only.
 */
public final class QueryImage {
  private static final String SPLIT = "query";

  private QueryImage() {}

  /**
   * The vectors of an image by the model that a table was made by.
   *
   * @param image a PNG or JPEG
   * @param data that the table was made of
   * @return one for each layer of the table
   * @throws DataException if the model or the settings are not those of the table, or the image
   *     cannot be used
   */
  public static List<float[]> vectors(
      byte[] image, FeatureTable table, Dataset data, Settings settings, Checkpoint checkpoint)
      throws IOException {
    java.nio.file.Path folder = Files.createTempDirectory("tributary-query-");
    Configuration local = new Configuration();
    Path directory = new Path(folder.toUri());
    FileSystem fs = Storage.fileSystem(directory, local);
    try {
      pack(image, data.manifest(), fs, directory);
      try (Dataset dataset = Dataset.open(directory.toString(), local)) {
        ReplicaSetup setup =
            ReplicaSetups.extraction(
                Extraction.leavingOutBad(settings),
                dataset,
                checkpoint.trainedOn(),
                checkpoint.model(),
                SPLIT);
        requireSame(
            table,
            Extraction.madeBy(table.madeBy().dataset(), setup, checkpoint, table.features()));
        return vectors(table, dataset, setup, checkpoint);
      }
    } finally {
      fs.delete(directory, /* recursive= */ true);
    }
  }

  private static void pack(byte[] image, Manifest like, FileSystem fs, Path directory)
      throws IOException {
    String extension = ImageFormat.of(image).map(ImageFormat::extension).orElse("jpg");
    ShardInfo shard;
    try (ShardWriter writer = new ShardWriter(fs, directory, SPLIT + "-00000")) {
      writer.add(Example.ofImage(SPLIT, extension, image, 0), 0);
      shard = writer.finish();
    }
    Manifest manifest =
        new Manifest(like.task(), like.classes(), like.images(), Map.of(SPLIT, List.of(shard)));
    Storage.writeAtomically(fs, new Path(directory, Manifest.FILE_NAME), manifest.toJson());
  }

  private static List<float[]> vectors(
      FeatureTable table, Dataset dataset, ReplicaSetup setup, Checkpoint checkpoint)
      throws IOException {
    List<FeatureRow> rows = new ArrayList<>();
    try (Replica replica = Engines.replica(setup.engine(), setup.model())) {
      replica.load(checkpoint.state().measured());
      new FeatureExtractor(TrainingInput.of(dataset, setup.input()), table.features())
          .extract(replica, Places.of(0, 1), rows::add);
    }
    FeatureRow row = rows.get(0);
    if (row.error() != null) {
      throw new DataException("The image cannot be used: " + row.error());
    }
    return row.vectors();
  }

  private static void requireSame(FeatureTable table, MadeBy madeBy) throws DataException {
    List<String> differences = madeBy.differences(table.madeBy());
    if (!differences.isEmpty()) {
      throw new DataException(
          Checks.format(
              "The features in %s are of another model or other settings: %s; name the run that"
                  + " they were extracted by",
              table.uri(), String.join("; ", differences)));
    }
  }
}
