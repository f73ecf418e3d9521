package tributary.driver.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;

/**
 * The folder of a table of features, which Spark and others read as one table partitioned by split:
 *
 * <pre>
 * _features.json                 what it was made by
 * split=test/test-00000.parquet  the rows of that shard, committed by its rename
 * split=test/_SUCCESS            every shard of the split is there
 * </pre>
 *
 * <p>Each file's footer tells what it was made by, too, so that what is there is used again by an
 * extraction of the same alone.
 */
final class FeatureFolder {
  private static final String ABOUT = "_features.json";
  private static final String SUCCESS = "_SUCCESS";
  private static final String SPLIT = "split=";
  private static final String TEMPORARY = ".tmp-";

  private static final JsonMapper JSON = new JsonMapper();

  private final FileSystem fs;
  private final Path folder;

  private FeatureFolder(FileSystem fs, Path folder) {
    this.fs = fs;
    this.folder = folder;
  }

  /**
   * What a table says of itself.
   *
   * @param data URI of the dataset, where its pictures were
   * @param madeBy what its vectors follow from
   */
  record About(String data, MadeBy madeBy) {}

  /** A folder, which may be missing. */
  static FeatureFolder at(String folder, Configuration hadoop) throws IOException {
    Path path = new Path(folder);
    FileSystem fs = Storage.fileSystem(path, hadoop);
    return new FeatureFolder(fs, fs.makeQualified(path));
  }

  /** The folder, with scheme and whole path. */
  String uri() {
    return folder.toString();
  }

  /**
   * What the table in it says of itself.
   *
   * @throws DataException if there is none, or one of an unknown format
   */
  About about() throws IOException {
    try {
      return JSON.readValue(Storage.readAll(fs, new Path(folder, ABOUT)), About.class);
    } catch (FileNotFoundException e) {
      throw new DataException(
          Checks.format(
              "No table of features in %s: expected %s there; deploy/tributary extract makes one",
              folder, ABOUT),
          e);
    } catch (JsonProcessingException e) {
      throw new DataException(
          Checks.format(
              "Cannot read %s/%s as format %d: %s",
              folder, ABOUT, MadeBy.VERSION, e.getOriginalMessage()),
          e);
    }
  }

  /**
   * Begins a table, or goes on with it.
   *
   * @throws DataException if the folder holds another, or other files
   */
  void begin(About about) throws IOException {
    Path file = new Path(folder, ABOUT);
    if (fs.exists(file)) {
      List<String> differences = about.madeBy().differences(about().madeBy());
      if (!differences.isEmpty()) {
        throw new DataException(
            Checks.format(
                "The folder %s holds other features: %s; extract to another folder, or remove it",
                folder, String.join("; ", differences)));
      }
      return;
    }
    sweep(folder, TEMPORARY + ABOUT); // of a process that was killed before it had begun
    if (fs.exists(folder) && fs.listStatus(folder).length > 0) {
      throw new DataException(
          Checks.format(
              "The folder %s is not empty, and holds no features: extract to another", folder));
    }
    Storage.writeAtomically(fs, file, json(about));
  }

  /** What there is of a shard; empty if its file must be written. */
  Optional<FeatureFile.Note> done(Shard shard, String madeBy) throws IOException {
    return FeatureFile.note(fs, file(shard), fs.getConf())
        .filter(note -> note.made().equals(madeBy) && note.rows() == shard.places().size());
  }

  /** The file of a shard. */
  Path file(Shard shard) {
    return new Path(split(shard.split()), shard.name() + ".parquet");
  }

  /**
   * Says that a split is whole.
   *
   * @param shards all of the split
   * @throws DataException if the file of one is not to be seen from here
   */
  void finish(String split, List<Shard> shards) throws IOException {
    for (Shard shard : shards) {
      if (!fs.exists(file(shard))) {
        throw new DataException(
            Checks.format(
                "The file %s was written, but is not to be seen from here: name a folder that the"
                    + " driver and all executors share, such as one of hdfs:",
                file(shard)));
      }
    }
    sweep(split);
    Storage.writeAtomically(fs, new Path(split(split), SUCCESS), new byte[0]);
  }

  /** Whether a split is whole. */
  boolean isWhole(String split) throws IOException {
    return fs.exists(new Path(split(split), SUCCESS));
  }

  /** Where the files of a split are. */
  Path split(String split) {
    return new Path(folder, SPLIT + split);
  }

  /** The splits that are there, whole or not, sorted. */
  List<String> splits() throws IOException {
    return java.util.Arrays.stream(fs.listStatus(folder))
        .map(status -> status.getPath().getName())
        .filter(name -> name.startsWith(SPLIT))
        .map(name -> name.substring(SPLIT.length()))
        .sorted()
        .toList();
  }

  /** Removes what tasks that were killed have left. */
  void sweep(String split) throws IOException {
    sweep(split(split), TEMPORARY);
  }

  private void sweep(Path of, String start) throws IOException {
    if (fs.exists(of)) {
      for (FileStatus status : fs.listStatus(of)) {
        if (status.getPath().getName().startsWith(start)) {
          fs.delete(status.getPath(), /* recursive= */ false);
        }
      }
    }
  }

  private static byte[] json(Object value) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new AssertionError("records of strings and numbers are always JSON", e);
    }
  }
}
