package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tributary.driver.report.LedgerFile.Epoch;
import tributary.worker.train.Ledger;
import tributary.worker.train.Places;
import tributary.worker.train.Position;

class LedgerAuditTest {
  private static final int[] SHARDS = {3, 2};
  private static final Ledger WHOLE = Ledger.ofAll(SHARDS);
  private static final Position IN_SECOND_EPOCH = new Position(3, 1, 2, 3);

  @Test
  void findsNothingWrongWithEpochsThatTrainedEveryExampleOnce() {
    assertThat(audit(WHOLE, trained(4, 0)).faults()).isEmpty();
  }

  @Test
  void namesTheShardThatLacksAnExample() {
    assertThat(audit(trained(0, 1, 2, 4), trained(0, 1)).faults())
        .containsExactly("epoch 0, shard 1: expected 2 examples, trained 1");
  }

  @Test
  void namesTheShardWhereOneExampleStandsForAnother() {
    assertThat(audit(trained(0, 0, 2, 3, 4), trained(0, 1)).faults())
        .containsExactly("epoch 0, shard 0: trained 3 examples, but not each of them once");
  }

  @Test
  void comparesTheEpochUnderWayWithWhereTheRunStands() {
    assertThat(audit(WHOLE, trained(0)).faults())
        .containsExactly("epoch 1: the checkpoint stands after 2 examples, trained 1");
    assertThat(audit(WHOLE, trained(3, 3, 3)).faults())
        .containsExactly(
            "epoch 1: the checkpoint stands after 2 examples, trained 3",
            "epoch 1, shard 1 of 2 examples: trained 3");
  }

  @Test
  void doesNotMissInTheEpochUnderWayWhatIsLeftOver() {
    Position leftOver = new Position(3, 0, 4, 3, Places.of(1, 1));
    SortedMap<Integer, Epoch> told =
        new TreeMap<>(Map.of(0, new Epoch(trained(0, 2, 3), Ledger.EMPTY)));
    assertThat(LedgerAudit.of(told, leftOver, SHARDS).faults()).isEmpty();
    assertThat(LedgerAudit.of(told, new Position(3, 0, 4, 3), SHARDS).faults())
        .containsExactly("epoch 0: the checkpoint stands after 4 examples, trained 3");
  }

  @Test
  void missesAnEpochThatNobodyToldOf() {
    assertThat(LedgerAudit.of(new TreeMap<>(), new Position(2, 1, 0, 2), SHARDS).faults())
        .containsExactly(
            "epoch 0, shard 0: expected 3 examples, trained 0",
            "epoch 0, shard 1: expected 2 examples, trained 0");
  }

  @Test
  void knowsThatExamplesWereLostWithSkippedReplicas() {
    LedgerAudit audit =
        LedgerAudit.of(
            new TreeMap<>(
                Map.of(
                    0, new Epoch(trained(0, 1, 4), trained(2, 3)),
                    1, new Epoch(trained(2), trained(4)))),
            IN_SECOND_EPOCH,
            SHARDS);
    assertThat(audit.faults()).isEmpty();
    assertThat(audit.skippedExamples()).isEqualTo(3);
  }

  @Test
  void namesTheShardThatLacksMoreThanWhatWasSkipped() {
    LedgerAudit audit =
        LedgerAudit.of(
            new TreeMap<>(Map.of(0, new Epoch(trained(0, 1), trained(3, 4)))),
            new Position(2, 1, 0, 2),
            SHARDS);
    assertThat(audit.faults()).containsExactly("epoch 0, shard 0: expected 3 examples, trained 2");
  }

  private static Ledger trained(long... numbers) {
    return Ledger.of(numbers, SHARDS);
  }

  private static LedgerAudit audit(Ledger first, Ledger second) {
    return LedgerAudit.of(
        new TreeMap<>(
            Map.of(0, new Epoch(first, Ledger.EMPTY), 1, new Epoch(second, Ledger.EMPTY))),
        IN_SECOND_EPOCH,
        SHARDS);
  }
}
