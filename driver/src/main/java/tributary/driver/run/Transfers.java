package tributary.driver.run;

import java.io.FileNotFoundException;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.shard.DatasetProfile;
import tributary.datasets.shard.Manifest;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.worker.model.Dl4jZip;
import tributary.worker.model.ModelException;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Pretrained;
import tributary.worker.model.Transfer;

/** Trained networks that a run of its own begins with: {@code model.from}. */
final class Transfers {
  private Transfers() {}

  /** The network that {@code model.from} names, changed as the settings have it. */
  static Pretrained of(
      Settings settings, Manifest data, OptimizerSettings optimizer, Configuration hadoop)
      throws IOException {
    boolean newHead = settings.flag(Key.MODEL_REPLACE_HEAD);
    Transfer transfer =
        new Transfer(
            settings.text(Key.MODEL_FREEZE_TO),
            newHead ? Splits.classes(data) : 0,
            settings.number(Key.SEED),
            optimizer);
    String from = settings.text(Key.MODEL_FROM);
    return transfer.of(
        isFile(from, hadoop) ? zip(from, hadoop) : saved(from, newHead, data, hadoop));
  }

  private static boolean isFile(String from, Configuration hadoop) throws IOException {
    Path path = new Path(from);
    try {
      return Storage.fileSystem(path, hadoop).getFileStatus(path).isFile();
    } catch (FileNotFoundException e) {
      throw new ModelException(
          "No model in "
              + from
              + " (model.from): expected a run folder, one of its checkpoints, or a DL4J zip",
          e);
    }
  }

  private static Pretrained zip(String from, Configuration hadoop) throws IOException {
    Path path = new Path(from);
    FileSystem fs = Storage.fileSystem(path, hadoop);
    return Dl4jZip.read(() -> fs.open(path), from);
  }

  private static Pretrained saved(String from, boolean newHead, Manifest data, Configuration hadoop)
      throws IOException {
    Checkpoint checkpoint = SavedRun.open(from, hadoop).checkpoint();
    if (!newHead) {
      Models.requireSameClasses(
          checkpoint.trainedOn().classes(),
          data.classes(),
          "set model.replace-head: true, or pack it with --classes in the model's order");
    }
    if (!data.task().isOfImages()) {
      requireSameVocabulary(checkpoint.trainedOn(), data);
    }
    return new Pretrained(checkpoint.model(), checkpoint.state().measured().parameters());
  }

  /** A network knows tokens by their numbers. */
  private static void requireSameVocabulary(DatasetProfile trainedOn, Manifest data)
      throws DataException {
    if (trainedOn.text() == null
        || !trainedOn.text().vocabulary().equals(data.text().vocabulary())) {
      throw new DataException(
          "The network of model.from was trained "
              + (trainedOn.text() == null ? "on images" : "with another vocabulary")
              + ": expected one that was trained with the dataset's, whose numbers stand for its"
              + " tokens");
    }
  }
}
