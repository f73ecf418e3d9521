package tributary.driver.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Storage;
import tributary.datasets.shard.BadExample;
import tributary.driver.conf.FailurePolicy;
import tributary.driver.round.RoundListener;
import tributary.driver.round.RoundOutcome;
import tributary.driver.round.RunState;
import tributary.worker.train.RoundPlan;

/**
 * A run's {@code quarantine.jsonl}: a line for each example that training or evaluation went
 * without, with the round that met it first; made when there is one. By round, split and number.
 *
 * <pre>
 * {"kind":"bad-example","round":0,"split":"train","number":171,"file":"train-00001.tar",
 *  "name":"0000171","offset":2048,"reason":"expected PNG or JPEG, found an empty file"}
 * </pre>
 *
 * <p>A resumed run keeps every line: the rounds that it runs again meet the same examples.
 */
public final class Quarantine implements RoundListener, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** How many of the new ones a warning tells. */
  private static final int TOLD = 3;

  private final Path file;
  private final Configuration hadoop;
  private final FailurePolicy onFailure;
  private final BadExamples known;
  private int round;

  /** Null until there is something to write. */
  private MetricsLog log;

  private Quarantine(
      Path file, int round, BadExamples known, Configuration hadoop, FailurePolicy onFailure) {
    this.file = file;
    this.round = round;
    this.known = known;
    this.hadoop = hadoop;
    this.onFailure = onFailure;
  }

  /**
   * The quarantine of a run that stands after {@code round} rounds.
   *
   * @param file may be missing
   * @param known takes in the file's examples
   * @param onFailure what becomes of the run when a line can't be written
   * @throws tributary.datasets.DataException if those are too many already
   */
  public static Quarantine open(
      Path file, int round, BadExamples known, Configuration hadoop, FailurePolicy onFailure)
      throws IOException {
    known.add(read(file, hadoop));
    known.requireFew();
    return new Quarantine(file, round, known, hadoop, onFailure);
  }

  /** The examples in a file; none if there is no such file. */
  public static List<BadExample> read(Path file, Configuration hadoop) throws IOException {
    FileSystem fs = Storage.fileSystem(file, hadoop);
    List<BadExample> read = new ArrayList<>();
    if (fs.exists(file)) {
      String text = new String(Storage.readAll(fs, file), StandardCharsets.UTF_8);
      for (String line : MetricsLog.linesBefore(Integer.MAX_VALUE, text)) {
        read.add(parse(JSON.readTree(line)));
      }
    }
    return read;
  }

  private static BadExample parse(JsonNode line) {
    return new BadExample(
        line.path("split").asText(),
        line.path("number").asLong(),
        line.path("file").asText(),
        line.path("name").asText(),
        line.path("offset").asLong(),
        line.path("reason").asText());
  }

  @Override
  public void roundFinished(RoundPlan plan, RoundOutcome outcome, RunState state)
      throws IOException {
    round = plan.position().round();
    add(outcome.bad());
  }

  /**
   * Takes in bad examples that were met in the round that finished last, or after it.
   *
   * @throws tributary.datasets.DataException if there are too many by now
   */
  public void add(List<BadExample> found) throws IOException {
    List<BadExample> added = known.add(found);
    if (added.isEmpty()) {
      return;
    }
    for (BadExample bad : added) {
      write(bad);
    }
    LOG.warn(
        "Bad examples left out: {} more, {} in all: {}{}; see {}",
        added.size(),
        known.count(),
        added.stream().limit(TOLD).map(BadExample::describe).collect(Collectors.joining("; ")),
        added.size() > TOLD ? "; and so on" : "",
        file.toUri().getPath());
    known.requireFew();
  }

  /** How many distinct bad examples the run has met. */
  public int count() {
    return known.count();
  }

  private void write(BadExample bad) throws IOException {
    if (log == null) {
      log = MetricsLog.open(file, Integer.MAX_VALUE, hadoop, onFailure);
    }
    log.write(
        MetricsLog.line("bad-example", round)
            .put("split", bad.split())
            .put("number", bad.number())
            .put("file", bad.shard())
            .put("name", bad.key())
            .put("offset", bad.offset())
            .put("reason", bad.reason()));
  }

  @Override
  public void close() throws IOException {
    if (log != null) {
      log.close();
    }
  }
}
