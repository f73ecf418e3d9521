package tributary.driver.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Storage;
import tributary.driver.checkpoint.CheckpointException;

/**
 * A run's {@code metrics.jsonl}: one JSON object a line, each with a "round". A resumed run keeps
 * the lines of the rounds it builds on, so that no round is told twice.
 */
public final class MetricsLog implements Closeable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FSDataOutputStream out;
  private final Path file;

  private MetricsLog(FSDataOutputStream out, Path file) {
    this.out = out;
    this.file = file;
  }

  /**
   * Opens the log of a run that stands after {@code rounds} rounds.
   *
   * @param file the log; made if missing
   */
  public static MetricsLog open(Path file, int rounds, Configuration hadoop) throws IOException {
    FileSystem fs = Storage.fileSystem(file, hadoop);
    String kept = fs.exists(file) ? linesBefore(rounds, fs, file) : "";
    Storage.writeAtomically(fs, file, kept.getBytes(StandardCharsets.UTF_8));
    if (fs.hasPathCapability(file, CommonPathCapabilities.FS_APPEND)) {
      return new MetricsLog(fs.append(file), file);
    }
    MetricsLog log = new MetricsLog(fs.create(file, true), file);
    log.write(kept);
    return log;
  }

  /** An empty object to be filled and {@link #write written}. */
  static ObjectNode line(String kind, int round) {
    return JSON.createObjectNode().put("kind", kind).put("round", round);
  }

  void write(ObjectNode line) throws IOException {
    write(JSON.writeValueAsString(line) + "\n");
  }

  private void write(String lines) throws IOException {
    try {
      out.write(lines.getBytes(StandardCharsets.UTF_8));
      out.hflush();
    } catch (FSError e) {
      throw unwritable(Storage.unwrapped(e));
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private CheckpointException unwritable(IOException e) {
    return new CheckpointException("Cannot write " + file + ": " + e.getMessage(), e);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private static String linesBefore(int rounds, FileSystem fs, Path file) throws IOException {
    String text = new String(Storage.readAll(fs, file), StandardCharsets.UTF_8);
    StringBuilder kept = new StringBuilder();
    for (String line : linesBefore(rounds, text)) {
      kept.append(line).append('\n');
    }
    return kept.toString();
  }

  /** The whole lines that tell of the first {@code rounds} rounds. */
  static List<String> linesBefore(int rounds, String text) {
    return text.lines().filter(line -> isBefore(rounds, parsed(line))).toList();
  }

  /** A killed run may leave half a line; it told of a round that is run again. */
  private static JsonNode parsed(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  private static boolean isBefore(int rounds, JsonNode line) {
    JsonNode round = line.path("round");
    return round.isInt() && round.asInt() < rounds;
  }
}
