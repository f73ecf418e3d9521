package tributary.worker.train;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;
import tributary.worker.model.UpdateRules;

/**
 * What every replica must do in one round: a function of the settings and the position alone, small
 * enough to be sent with each task. A fresh run is the plan at {@link Position#START}; a resumed
 * one is the plan at the position it stopped at.
 *
 * @param settings what stays the same in every round
 * @param position where the run stands before this round
 * @param rateFactor what every learning rate is multiplied by, &gt; 0
 */
public record RoundPlan(RoundSettings settings, Position position, double rateFactor)
    implements Serializable {
  /** Checks that the position lies inside the epoch. */
  public RoundPlan {
    Checks.argument(
        position.isInside(settings.examplesPerEpoch()),
        "offset %d lies outside an epoch of %d examples",
        position.offset(),
        settings.examplesPerEpoch());
  }

  /** A round whose learning rates are the configuration's. */
  public RoundPlan(RoundSettings settings, Position position) {
    this(settings, position, /* rateFactor= */ 1);
  }

  /** The same round with learning rates multiplied by {@code factor}. */
  public RoundPlan atRate(double factor) {
    return new RoundPlan(settings, position, factor);
  }

  /** Examples for all replicas together; fewer than a full round's at an epoch's end. */
  public long examples() {
    return Math.min(
        settings.examplesPerRound(position.epoch()), settings.examplesPerEpoch() - position.done());
  }

  /** The share of one replica: disjoint from others', and equal to within one example. */
  public Places share(int replica) {
    return ahead().part(cut(replica), shareSize(replica));
  }

  /** The most steps that any replica can take in this round. */
  public int steps() {
    return steps(List.of());
  }

  /** The round after this one, if every replica does its whole share. */
  public RoundPlan next() {
    return next(List.of());
  }

  /**
   * The round after this one.
   *
   * @param reports of the replicas; who is not among them left nothing over
   */
  public RoundPlan next(List<ReplicaReport> reports) {
    Places left = ahead().after(examples());
    for (ReplicaReport report : reports) {
      if (report.leftOver() > 0) {
        Places share = share(report.replica());
        left = left.then(share.after(share.size() - report.leftOver()));
      }
    }
    boolean endsEpoch = left.size() == 0;
    long offset = Math.min(position.offset() + examples(), settings.examplesPerEpoch());
    return new RoundPlan(
        settings,
        new Position(
            position.round() + 1,
            position.epoch() + (endsEpoch ? 1 : 0),
            endsEpoch ? 0 : offset,
            position.step() + steps(reports),
            left.after(settings.examplesPerEpoch() - offset)),
        rateFactor);
  }

  /** Whether all epochs are done, and this round is not to be run. */
  public boolean finished() {
    return position.epoch() >= settings.epochs();
  }

  /** Steps that the optimizer's state has seen before a step of this round. */
  long optimizerStep(int step) {
    return settings.optimizerState() == OptimizerStatePolicy.RESET ? step : position.step() + step;
  }

  /** What the run says about the update of a step of this round. */
  UpdateRules rules(int step) {
    return new UpdateRules(position.step() + step, rateFactor, settings.clip());
  }

  /** The seed of one replica's step, {@code step} steps into the round. */
  long stepSeed(int replica, int step) {
    return Seeds.mix(settings.seed(), position.round(), replica, step);
  }

  /** What is left of the epoch: its order to the end, then what was left over. */
  private Places ahead() {
    long offset = position.offset();
    return Places.of(offset, settings.examplesPerEpoch() - offset).then(position.leftOver());
  }

  /** The most steps that any replica took, or would have taken with numbers that stay finite. */
  private int steps(List<ReplicaReport> reports) {
    int[] steps = new int[settings.replicas()];
    Arrays.setAll(
        steps, replica -> Places.minibatches(shareSize(replica), settings.minibatchSize()));
    for (ReplicaReport report : reports) {
      if (report.leftOver() > 0) {
        steps[report.replica()] = report.steps();
      }
    }
    return Arrays.stream(steps).max().orElse(0);
  }

  private long shareSize(int replica) {
    Checks.argument(
        replica >= 0 && replica < settings.replicas(),
        "replica %d is not one of %d",
        replica,
        settings.replicas());
    return cut(replica + 1) - cut(replica);
  }

  /** Of the round's examples, those before a replica's. */
  private long cut(int replica) {
    return Math.multiplyExact(examples(), (long) replica) / settings.replicas();
  }
}
