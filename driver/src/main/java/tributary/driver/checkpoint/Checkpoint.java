package tributary.driver.checkpoint;

import java.util.Objects;
import tributary.datasets.shard.DatasetProfile;
import tributary.driver.round.RunState;
import tributary.driver.round.Watched;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ParameterLayout;
import tributary.worker.train.Position;

/**
 * A run at the border between two rounds.
 *
 * @param model the network
 * @param layout where its tensors lie
 * @param state parameters, optimizer state and what else rounds carry on
 * @param position how far the run has come
 * @param trainedOn the dataset that it was trained on
 * @param settings the effective configuration, as YAML
 * @param watched what the run's evaluations have come to
 */
public record Checkpoint(
    ModelConfiguration model,
    ParameterLayout layout,
    RunState state,
    Position position,
    DatasetProfile trainedOn,
    String settings,
    Watched watched) {
  /** Refuses missing parts. */
  public Checkpoint {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(layout, "layout");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(position, "position");
    Objects.requireNonNull(trainedOn, "trainedOn");
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(watched, "watched");
  }

  /** A checkpoint of a run whose evaluations nothing follows from. */
  public Checkpoint(
      ModelConfiguration model,
      ParameterLayout layout,
      RunState state,
      Position position,
      DatasetProfile trainedOn,
      String settings) {
    this(model, layout, state, position, trainedOn, settings, Watched.NOTHING);
  }
}
