package tributary.driver.round;

import java.util.List;
import tributary.worker.model.ModelState;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;

/**
 * Local SGD with periodic averaging: Moritz et al., "SparkNet: Training Deep Networks in Spark",
 * arXiv:1511.06051, algorithm 2; Stich, "Local SGD Converges Fast and Communicates Little",
 * arXiv:1805.09767. Driver only.
 */
public final class RoundLoop {
  private final Replicas replicas;
  private final List<RoundListener> listeners;

  /** A loop over the given replicas that tells the listeners, in their order, of each round. */
  public RoundLoop(Replicas replicas, List<RoundListener> listeners) {
    this.replicas = replicas;
    this.listeners = List.copyOf(listeners);
  }

  /**
   * Trains from {@code first} until the plan's epochs are done.
   *
   * @param first the first round, or the one after a checkpoint
   * @param initial the state before it
   * @return the state after the last round, and where the run then stands
   */
  public Trained run(RoundPlan first, ModelState initial) throws Exception {
    ModelState state = initial;
    RoundPlan plan = first;
    for (; !plan.finished(); plan = plan.next()) {
      RoundOutcome outcome = replicas.train(plan, state);
      state = outcome.average();
      for (RoundListener listener : listeners) {
        listener.roundFinished(plan, outcome);
      }
    }
    return new Trained(state, plan.position());
  }

  /**
   * Where a run ends.
   *
   * @param state parameters and optimizer state
   * @param position after the last round
   */
  public record Trained(ModelState state, Position position) {}
}
