package tributary.driver.run;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.datasets.Checks;
import tributary.driver.report.LedgerFile.Epoch;
import tributary.worker.train.Ledger;
import tributary.worker.train.Position;

/**
 * What a run's ledger proves: each epoch that is done trained every example exactly once, but for
 * those that were lost with replicas or rounds that do not count, and the one under way none twice
 * as far as counts can tell.
 *
 * @param epochs what was trained, and what was lost, by epoch
 * @param faults what does not fit, one sentence each; empty if all does
 */
public record LedgerAudit(SortedMap<Integer, Epoch> epochs, List<String> faults) {
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
      SortedMap<Integer, Epoch> epochs, Position position, int[] examplesPerShard) {
    List<String> faults = new ArrayList<>();
    Ledger whole = Ledger.ofAll(examplesPerShard);
    SortedMap<Integer, Epoch> told = new TreeMap<>(epochs);
    for (int epoch = 0; epoch < position.epoch(); epoch++) {
      Epoch found = told.getOrDefault(epoch, Epoch.EMPTY);
      addFaults(epoch, found.trained(), whole.minus(found.skipped()), faults);
    }
    addFaultsUnderWay(position, told.getOrDefault(position.epoch(), Epoch.EMPTY), whole, faults);
    return new LedgerAudit(told, faults);
  }

  /** Examples of all epochs that were lost. */
  public long skippedExamples() {
    return epochs.values().stream().mapToLong(epoch -> epoch.skipped().examples()).sum();
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
      Position position, Epoch epoch, Ledger whole, List<String> faults) {
    Ledger found = epoch.trained().plus(epoch.skipped());
    if (found.examples() != position.done()) {
      faults.add(
          Checks.format(
              "epoch %d: the checkpoint stands after %d examples, trained %d",
              position.epoch(), position.done(), found.examples()));
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
