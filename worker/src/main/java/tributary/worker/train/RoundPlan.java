package tributary.worker.train;

import java.io.Serializable;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;

/**
 * What every replica must do in one round: a function of the settings and the position alone, small
 * enough to be sent with each task. A fresh run is the plan at {@link Position#START}; a resumed
 * one is the plan at the position it stopped at.
 *
 * @param settings what stays the same in every round
 * @param position where the run stands before this round
 */
public record RoundPlan(RoundSettings settings, Position position) implements Serializable {
  /** Checks that the position lies inside the epoch. */
  public RoundPlan {
    Checks.argument(
        position.offset() < settings.examplesPerEpoch(),
        "offset %d lies outside an epoch of %d examples",
        position.offset(),
        settings.examplesPerEpoch());
  }

  /** Examples trained by all replicas together; fewer than a full round's at an epoch's end. */
  public long examples() {
    return Math.min(
        settings.examplesPerRound(position.epoch()),
        settings.examplesPerEpoch() - position.offset());
  }

  /** The share of one replica: contiguous, disjoint, and equal to within one example. */
  public Slice slice(int replica) {
    Checks.argument(
        replica >= 0 && replica < settings.replicas(),
        "replica %d is not one of %d",
        replica,
        settings.replicas());
    long from = cut(replica);
    return new Slice(position.offset() + from, Math.toIntExact(cut(replica + 1) - from));
  }

  /** The most steps that any replica takes in this round. */
  public int steps() {
    int most = 0;
    for (int replica = 0; replica < settings.replicas(); replica++) {
      most = Math.max(most, slice(replica).minibatches(settings.minibatchSize()));
    }
    return most;
  }

  /** The round after this one. */
  public RoundPlan next() {
    long offset = position.offset() + examples();
    int epoch = position.epoch() + (endsEpoch() ? 1 : 0);
    return new RoundPlan(
        settings,
        new Position(
            position.round() + 1, epoch, endsEpoch() ? 0 : offset, position.step() + steps()));
  }

  /** Whether the epoch's last examples are in this round. */
  public boolean endsEpoch() {
    return position.offset() + examples() == settings.examplesPerEpoch();
  }

  /** Whether all epochs are done, and this round is not to be run. */
  public boolean finished() {
    return position.epoch() >= settings.epochs();
  }

  /** Steps that the optimizer's state has seen before a step of this round. */
  long optimizerStep(int step) {
    return settings.optimizerState() == OptimizerStatePolicy.RESET ? step : position.step() + step;
  }

  /** The seed of one replica's step, {@code step} steps into the round. */
  long stepSeed(int replica, int step) {
    return Seeds.mix(settings.seed(), position.round(), replica, step);
  }

  private long cut(int replica) {
    return Math.multiplyExact(examples(), (long) replica) / settings.replicas();
  }
}
