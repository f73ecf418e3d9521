package tributary.driver.report;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.driver.round.Straggler;
import tributary.worker.train.RoundPlan;

/**
 * Warns of a replica that is much slower than the others in three rounds in a row, or of a host
 * whose replicas are, whichever they are: Spark may give a host another replica in every round.
 */
public final class StragglerListener implements RoundListener {
  private static final Logger LOG = LoggerFactory.getLogger(StragglerListener.class);

  private static final int ROUNDS = 3;

  private final double factor;

  /** For how many rounds in a row each suspect was much slower than others. */
  private final Map<String, Integer> inARow = new HashMap<>();

  /**
   * A listener.
   *
   * @param factor times the others' median from which a replica is much slower, &gt; 1
   */
  public StragglerListener(double factor) {
    this.factor = factor;
  }

  @Override
  public void roundFinished(RoundPlan plan, RoundOutcome outcome, RunState state) {
    warning(plan, outcome).ifPresent(LOG::warn);
  }

  /** What there is to say after a round; once for each row of slow rounds. */
  Optional<String> warning(RoundPlan plan, RoundOutcome outcome) {
    Optional<Straggler> slow =
        Straggler.of(outcome.reports()).filter(slowest -> slowest.times() > factor);
    Set<String> suspects = new HashSet<>();
    slow.ifPresent(straggler -> suspects.addAll(suspects(straggler, outcome)));
    inARow.keySet().retainAll(suspects);
    suspects.forEach(suspect -> inARow.merge(suspect, 1, Integer::sum));
    int longest = inARow.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    return slow.filter(straggler -> longest == ROUNDS)
        .map(straggler -> told(straggler, plan.position().round()));
  }

  /** A host is only to blame if others do better. */
  private static Set<String> suspects(Straggler straggler, RoundOutcome outcome) {
    String replica = "replica " + straggler.replica();
    boolean alone =
        outcome.reports().stream().allMatch(report -> report.host().equals(straggler.host()));
    return alone ? Set.of(replica) : Set.of(replica, "host " + straggler.host());
  }

  private static String told(Straggler straggler, int round) {
    return Checks.format(
        "Replica %d on host %s is a straggler: its steps took %.1f times the others' median in round"
            + " %d, the third slow one in a row; all others wait for it",
        straggler.replica(), straggler.host(), straggler.times(), round);
  }
}
