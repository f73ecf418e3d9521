package tributary.driver.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.datasets.shard.Dataset;
import tributary.driver.checkpoint.Checkpoint;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.train.Position;

/**
 * Whether a run may go on: what determines its result must be as it was, or be changed knowingly.
 */
public final class Resumption {
  private static final Logger LOG = LoggerFactory.getLogger(Resumption.class);

  private final Checkpoint checkpoint;
  private final Settings settings;
  private final Dataset dataset;

  /** A run that shall go on from {@code checkpoint} with these settings on this dataset. */
  public Resumption(Checkpoint checkpoint, Settings settings, Dataset dataset) {
    this.checkpoint = checkpoint;
    this.settings = settings;
    this.dataset = dataset;
  }

  /**
   * The checkpoint, if nothing has changed.
   *
   * @throws CheckpointException listing every difference, or naming a position that no such run has
   */
  public Checkpoint unchanged() throws IOException {
    List<String> changes = changes();
    if (!changes.isEmpty()) {
      throw new CheckpointException(
          "Cannot go on with other settings or data than the run began with; start a new run, or"
              + " accept the changes by --allow-changes:\n  "
              + String.join("\n  ", changes));
    }
    requireInsideEpoch();
    return checkpoint;
  }

  /**
   * The checkpoint with the network that the settings ask for now; warns of every difference.
   *
   * @throws CheckpointException if its parameters, its optimizer state or its place in the epoch
   *     fit the changed run no more
   */
  public Checkpoint changed(Configuration hadoop) throws IOException {
    List<String> changes = changes();
    if (changes.isEmpty()) {
      return checkpoint;
    }
    changes.forEach(change -> LOG.warn("Going on with a change: {}", change));
    ModelConfiguration model = Models.of(settings, dataset.manifest(), hadoop);
    ParameterLayout layout = Network.layoutOf(model);
    requireSameLayout(layout);
    requireInsideEpoch();
    return new Checkpoint(
        model,
        layout,
        checkpoint.state(),
        checkpoint.position(),
        checkpoint.trainedOn(),
        checkpoint.settings(),
        checkpoint.watched());
  }

  private List<String> changes() {
    Settings earlier =
        Settings.of(List.of(new Settings.Source(checkpoint.settings(), "checkpoint")), List.of());
    List<String> changes = new ArrayList<>(settings.changedResults(earlier));
    if (!dataset.digest().equals(checkpoint.trainedOn().digest())) {
      changes.add(
          Checks.format(
              "data: manifest SHA-256 %s in the run, %s now (%s)",
              checkpoint.trainedOn().digest(), dataset.digest(), settings.text(Key.DATA_PATH)));
    }
    List<String> classes = dataset.profile().classes();
    if (!classes.equals(checkpoint.trainedOn().classes())) {
      changes.add(
          Checks.format(
              "classes: %s in the run, %s now", checkpoint.trainedOn().classes(), classes));
    }
    return changes;
  }

  private void requireInsideEpoch() throws IOException {
    long examples =
        Arrays.stream(Splits.trained(settings, dataset.manifest())).asLongStream().sum();
    Position position = checkpoint.position();
    if (!position.isInside(examples)) {
      throw new CheckpointException(
          Checks.format(
              "Cannot go on from a place outside an epoch of %d examples: position.json of step %d:"
                  + " offset: expected 0..%d, found %d; start a new run",
              examples, position.step(), examples - 1, position.offset()));
    }
  }

  private void requireSameLayout(ParameterLayout now) throws CheckpointException {
    ParameterLayout then = checkpoint.layout();
    if (!then.tensors().equals(now.tensors())) {
      throw anotherNetwork("parameters", then.parameterCount(), now.parameterCount());
    } else if (then.optimizerSize() != now.optimizerSize()) {
      throw anotherNetwork("values of the optimizer", then.optimizerSize(), now.optimizerSize());
    }
  }

  private static CheckpointException anotherNetwork(String what, long inTheRun, long now) {
    return new CheckpointException(
        Checks.format(
            "Cannot go on with a network of another shape: %d %s in the run, %d now; start a new"
                + " run",
            inTheRun, what, now));
  }
}
