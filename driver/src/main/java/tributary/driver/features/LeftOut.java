package tributary.driver.features;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Storage;
import tributary.datasets.minibatch.Origin;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.Dataset;
import tributary.datasets.source.BadRow;
import tributary.datasets.source.PackFolder;
import tributary.worker.features.FeatureRow;
import tributary.worker.train.Places;

/**
 * Images that packing has left out of a dataset as bad: they are in no shard, but rows without
 * vectors all the same, in a file {@value #NAME} of their split. Driver only.
 *
 * @param split that they would have gone to
 * @param images as packing has listed them
 */
record LeftOut(String split, List<BadRow> images) {
  static final String NAME = "left-out";

  private static final JsonMapper JSON = new JsonMapper();

  /** Those of a split; none if the dataset lists none. */
  static LeftOut of(Dataset dataset, String split, Configuration hadoop) throws IOException {
    Path file = new Path(dataset.uri(), PackFolder.QUARANTINE);
    FileSystem fs = Storage.fileSystem(file, hadoop);
    List<BadRow> images = new ArrayList<>();
    if (fs.exists(file)) {
      String text = new String(Storage.readAll(fs, file), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        BadRow image = JSON.readValue(line, BadRow.class);
        if (image.split().equals(split)) {
          images.add(image);
        }
      }
    }
    return new LeftOut(split, images);
  }

  /** Their file. */
  Shard shard() {
    return new Shard(split, NAME, Places.of(0, images.size()));
  }

  /** Writes their file. */
  FeatureFile.Note write(Path file, List<String> columns, String madeBy, Configuration hadoop)
      throws IOException {
    FileSystem fs = Storage.fileSystem(file, hadoop);
    return FeatureFile.commit(
        fs,
        file,
        columns,
        madeBy,
        out -> {
          List<BadExample> bad = new ArrayList<>();
          for (BadRow image : images) {
            String key = image.name() == null ? image.file() : image.name();
            // Numbers before the first tell them from the examples of shards.
            long number = -1L - bad.size();
            out.add(FeatureRow.bad(new Origin(number, key, -1, null), image.reason()));
            bad.add(
                new BadExample(split, number, image.file(), key, image.offset(), image.reason()));
          }
          return bad;
        });
  }
}
