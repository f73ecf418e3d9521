package tributary.driver.run;

import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.shard.Dataset;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;

/** Whether a run may go on: what determines its result must be as it was. */
public final class Resumption {
  private Resumption() {}

  /**
   * Compares settings and data with those of the checkpoint.
   *
   * @throws CheckpointException listing every difference
   */
  public static void requireSame(Checkpoint checkpoint, Settings settings, Dataset dataset)
      throws CheckpointException {
    Settings earlier =
        Settings.of(List.of(new Settings.Source(checkpoint.settings(), "checkpoint")), List.of());
    List<String> changes = settings.changedResults(earlier);
    if (!changes.isEmpty()) {
      throw new CheckpointException(
          "Cannot go on with other settings than the run began with; start a new run instead:\n  "
              + String.join("\n  ", changes));
    }
    if (!dataset.digest().equals(checkpoint.trainedOn().digest())) {
      throw new CheckpointException(
          Checks.format(
              "Cannot go on with other data than the run began with: manifest SHA-256 expected %s,"
                  + " found %s in %s",
              checkpoint.trainedOn().digest(), dataset.digest(), settings.text(Key.DATA_PATH)));
    }
  }
}
