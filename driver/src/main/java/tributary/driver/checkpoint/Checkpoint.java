package tributary.driver.checkpoint;

import java.util.Objects;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.ParameterLayout;
import tributary.worker.train.Position;

/**
 * A run at the border between two rounds.
 *
 * @param model the network
 * @param layout where its tensors lie
 * @param state parameters and optimizer state
 * @param position how far the run has come
 * @param datasetDigest SHA-256 of the dataset's manifest
 * @param settings the effective configuration, as YAML
 */
public record Checkpoint(
    ModelConfiguration model,
    ParameterLayout layout,
    ModelState state,
    Position position,
    String datasetDigest,
    String settings) {
  /** Refuses missing parts. */
  public Checkpoint {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(layout, "layout");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(position, "position");
    Objects.requireNonNull(datasetDigest, "datasetDigest");
    Objects.requireNonNull(settings, "settings");
  }
}
