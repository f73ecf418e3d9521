package tributary.driver.run;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.datasets.Checks;
import tributary.worker.train.Ledger;
import tributary.worker.train.Position;

/**
 * What a run's ledger proves: each epoch that is done trained every example exactly once, and the
 * one under way none twice as far as counts can tell.
 *
 * @param epochs what was trained, by epoch
 * @param faults what does not fit, one sentence each; empty if all does
 */
public record LedgerAudit(SortedMap<Integer, Ledger> epochs, List<String> faults) {
  /** Keeps an own copy of the faults. */
  public LedgerAudit {
    faults = List.copyOf(faults);
  }

  /**
   * Compares a ledger with the data and with where the run stands.
   *
   * @param epochs what the rounds up to {@code position} trained
   * @param examplesPerShard sizes of the training split's shards
   */
  public static LedgerAudit of(
      SortedMap<Integer, Ledger> epochs, Position position, int[] examplesPerShard) {
    List<String> faults = new ArrayList<>();
    Ledger whole = Ledger.ofAll(examplesPerShard);
    SortedMap<Integer, Ledger> told = new TreeMap<>(epochs);
    for (int epoch = 0; epoch < position.epoch(); epoch++) {
      addFaults(epoch, told.getOrDefault(epoch, Ledger.EMPTY), whole, faults);
    }
    addFaultsUnderWay(position, told.getOrDefault(position.epoch(), Ledger.EMPTY), whole, faults);
    return new LedgerAudit(told, faults);
  }

  private static void addFaults(int epoch, Ledger found, Ledger expected, List<String> faults) {
    SortedMap<Integer, Ledger.Entry> shards = new TreeMap<>(expected.shards());
    found.shards().keySet().forEach(shard -> shards.putIfAbsent(shard, new Ledger.Entry(0, 0)));
    shards.forEach(
        (shard, entry) -> {
          Ledger.Entry other = found.shards().getOrDefault(shard, new Ledger.Entry(0, 0));
          if (other.examples() != entry.examples()) {
            faults.add(
                Checks.format(
                    "epoch %d, shard %d: expected %d examples, trained %d",
                    epoch, shard, entry.examples(), other.examples()));
          } else if (other.hash() != entry.hash()) {
            faults.add(
                Checks.format(
                    "epoch %d, shard %d: trained %d examples, but not each of them once",
                    epoch, shard, entry.examples()));
          }
        });
  }

  private static void addFaultsUnderWay(
      Position position, Ledger found, Ledger whole, List<String> faults) {
    if (found.examples() != position.offset()) {
      faults.add(
          Checks.format(
              "epoch %d: the checkpoint stands after %d examples, trained %d",
              position.epoch(), position.offset(), found.examples()));
    }
    found
        .shards()
        .forEach(
            (shard, entry) -> {
              Ledger.Entry all = whole.shards().getOrDefault(shard, new Ledger.Entry(0, 0));
              if (entry.examples() > all.examples()) {
                faults.add(
                    Checks.format(
                        "epoch %d, shard %d of %d examples: trained %d",
                        position.epoch(), shard, all.examples(), entry.examples()));
              }
            });
  }
}
