package tributary.driver.features;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import tributary.datasets.Checks;
import tributary.datasets.Storage;
import tributary.datasets.minibatch.Origin;
import tributary.datasets.shard.Images;
import tributary.worker.features.FeatureRow;
import tributary.worker.features.FeatureSettings;
import tributary.worker.features.FeatureSettings.Norm;
import tributary.worker.features.FeatureSettings.Pooling;
import tributary.worker.train.Places;

/** Tables of features without a network: any vectors, in as many files as wanted. */
final class MadeUpTable {
  private static final Configuration HADOOP = new Configuration();

  private MadeUpTable() {}

  /**
   * Writes a table whose splits are whole.
   *
   * @param splits sizes of the shards of each split
   * @param rows maps a number, counted through all splits in their order, to a row
   */
  static FeatureTable write(
      Path folder, Map<String, List<Integer>> splits, IntFunction<FeatureRow> rows)
      throws IOException {
    FeatureFolder table = FeatureFolder.at(folder.toString(), HADOOP);
    MadeBy madeBy =
        new MadeBy(
            "d",
            "n",
            "p",
            "i",
            "e",
            new FeatureSettings(List.of("fc"), Pooling.NONE, Norm.NONE),
            MadeBy.VERSION);
    table.begin(new FeatureFolder.About("file:/nowhere", madeBy));
    int number = 0;
    for (Map.Entry<String, List<Integer>> split : splits.entrySet()) {
      List<Shard> shards = new ArrayList<>();
      long first = 0;
      for (int examples : split.getValue()) {
        String name = Checks.format("%s-%05d", split.getKey(), shards.size());
        Shard shard = new Shard(split.getKey(), name, Places.of(first, examples));
        var file = table.file(shard);
        FileSystem fs = Storage.fileSystem(file, HADOOP);
        int before = number;
        FeatureFile.commit(
            fs,
            file,
            List.of("vector"),
            madeBy.digest(),
            out -> {
              for (int i = 0; i < examples; i++) {
                out.add(rows.apply(before + i));
              }
              return List.of();
            });
        number += examples;
        shards.add(shard);
        first += examples;
      }
      table.finish(split.getKey(), shards);
    }
    return FeatureTable.open(folder.toString(), HADOOP);
  }

  /** A row with a vector. */
  static FeatureRow row(String key, int label, float... vector) {
    return new FeatureRow(new Origin(0, key, label, new Images.Size(4, 4)), List.of(vector), null);
  }
}
