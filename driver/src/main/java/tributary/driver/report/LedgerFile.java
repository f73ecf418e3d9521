package tributary.driver.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Storage;
import tributary.datasets.shard.BadExample;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.worker.train.Ledger;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;

/**
 * A run's {@code ledger.jsonl}: a line per round with the examples that it really trained.
 *
 * <pre>
 * {"kind":"ledger","round":0,"epoch":0,"shards":{"0":[12,"9ae16a3b2f90404f"],"7":[4,"..."]}}
 * </pre>
 *
 * <p>Examples that were lost with a replica or a round that does not count, or that were bad, stand
 * beside them in the same way, under "skipped".
 */
public final class LedgerFile implements RoundListener {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SHARDS = "shards";
  private static final String SKIPPED = "skipped";

  private final MetricsLog log;
  private final int[] examplesPerShard;

  /**
   * Writes to {@code log}.
   *
   * @param examplesPerShard sizes of the training split's shards
   */
  public LedgerFile(MetricsLog log, int[] examplesPerShard) {
    this.log = log;
    this.examplesPerShard = examplesPerShard.clone();
  }

  @Override
  public void roundFinished(RoundPlan plan, RoundOutcome outcome, RunState state)
      throws IOException {
    Ledger trained =
        outcome.reports().stream().map(ReplicaReport::trained).reduce(Ledger.EMPTY, Ledger::plus);
    Ledger skipped =
        outcome.skipped().stream()
            .map(report -> report.skipped().examples())
            .reduce(Ledger.of(bad(outcome), examplesPerShard), Ledger::plus);
    ObjectNode line =
        MetricsLog.line("ledger", plan.position().round()).put("epoch", plan.position().epoch());
    write(trained, line.putObject(SHARDS));
    if (skipped.examples() > 0) {
      write(skipped, line.putObject(SKIPPED));
    }
    log.write(line);
  }

  private static long[] bad(RoundOutcome outcome) {
    return outcome.bad().stream().mapToLong(BadExample::number).toArray();
  }

  private static void write(Ledger ledger, ObjectNode shards) {
    ledger
        .shards()
        .forEach(
            (shard, entry) ->
                shards
                    .putArray(shard.toString())
                    .add(entry.examples())
                    .add(Long.toHexString(entry.hash())));
  }

  /**
   * An epoch's part of the file.
   *
   * @param trained its examples that were trained
   * @param skipped its examples that were lost with replicas or rounds that do not count, or bad
   */
  public record Epoch(Ledger trained, Ledger skipped) {
    /** Of which nothing was told. */
    public static final Epoch EMPTY = new Epoch(Ledger.EMPTY, Ledger.EMPTY);

    private Epoch plus(Epoch other) {
      return new Epoch(trained.plus(other.trained), skipped.plus(other.skipped));
    }
  }

  /**
   * What the rounds before {@code rounds} trained, by epoch; empty if there is no such file.
   *
   * @throws IOException if the file can't be read
   */
  public static SortedMap<Integer, Epoch> read(Path file, int rounds, Configuration hadoop)
      throws IOException {
    FileSystem fs = Storage.fileSystem(file, hadoop);
    SortedMap<Integer, Epoch> epochs = new TreeMap<>();
    if (fs.exists(file)) {
      String text = new String(Storage.readAll(fs, file), StandardCharsets.UTF_8);
      for (String told : MetricsLog.linesBefore(rounds, text)) {
        JsonNode line = JSON.readTree(told);
        Epoch part = new Epoch(ledger(line.path(SHARDS)), ledger(line.path(SKIPPED)));
        epochs.merge(line.path("epoch").asInt(), part, Epoch::plus);
      }
    }
    return epochs;
  }

  private static Ledger ledger(JsonNode shards) {
    SortedMap<Integer, Ledger.Entry> entries = new TreeMap<>();
    shards
        .properties()
        .forEach(
            shard ->
                entries.put(
                    Integer.parseInt(shard.getKey()),
                    new Ledger.Entry(
                        shard.getValue().path(0).asLong(),
                        Long.parseUnsignedLong(shard.getValue().path(1).asText(), 16))));
    return new Ledger(entries);
  }
}
