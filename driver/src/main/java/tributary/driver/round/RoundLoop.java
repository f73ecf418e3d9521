package tributary.driver.round;

import java.util.List;
import java.util.function.BooleanSupplier;
import tributary.worker.train.Position;
import tributary.worker.train.RoundPlan;

/**
 * Local SGD with periodic averaging: Moritz et al., "SparkNet: Training Deep Networks in Spark",
 * arXiv:1511.06051, algorithm 2; Stich, "Local SGD Converges Fast and Communicates Little",
 * arXiv:1805.09767. What follows an average is an {@link OuterStep}, and what follows numbers that
 * are not finite is the {@link RoundGuard}'s to say. Driver only.
 */
public final class RoundLoop {
  private final Replicas replicas;
  private final RoundGuard guard;
  private final List<RoundListener> listeners;
  private final BooleanSupplier stop;

  /**
   * A loop over the given replicas, which ends when numbers are no longer finite.
   *
   * @param outer what a round's average leads to
   * @param listeners are told of each round, in their order
   */
  public RoundLoop(Replicas replicas, OuterStep outer, List<RoundListener> listeners) {
    this(replicas, RoundGuard.failing(outer), listeners, () -> false);
  }

  /** The same with a guard of its own, which may be asked to stop between two rounds. */
  public RoundLoop(
      Replicas replicas, RoundGuard guard, List<RoundListener> listeners, BooleanSupplier stop) {
    this.replicas = replicas;
    this.guard = guard;
    this.listeners = List.copyOf(listeners);
    this.stop = stop;
  }

  /**
   * Trains from {@code first} until the plan's epochs are done, or a stop is asked for.
   *
   * @param first the first round, or the one after a checkpoint
   * @param initial the state before it
   * @return the state after the last round, and where the run then stands
   */
  public Trained run(RoundPlan first, RunState initial) throws Exception {
    RunState state = initial;
    RoundPlan plan = first;
    while (!plan.finished() && !stop.getAsBoolean()) {
      RoundGuard.Step step = guard.next(plan, replicas.train(plan, state), state);
      state = step.state();
      for (RoundListener listener : listeners) {
        listener.roundFinished(plan, step.outcome(), state);
      }
      plan = step.outcome().next(plan);
    }
    return new Trained(state, plan.position());
  }

  /**
   * Where a run ends.
   *
   * @param state parameters, optimizer state and outer momentum
   * @param position after the last round
   */
  public record Trained(RunState state, Position position) {}
}
