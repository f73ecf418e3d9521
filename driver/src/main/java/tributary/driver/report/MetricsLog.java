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
import org.apache.hadoop.io.IOUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Storage;
import tributary.driver.checkpoint.CheckpointException;
import tributary.driver.conf.FailurePolicy;

/**
 * A run's {@code metrics.jsonl}: one JSON object a line, each with a "round". A resumed run keeps
 * the lines of the rounds it builds on, so that no round is told twice.
 */
public final class MetricsLog implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsLog.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileSystem fs;
  private final Path file;
  private final FailurePolicy onFailure;

  /** Null after a failure: what is in the file then is not known. */
  private FSDataOutputStream out;

  /** Lines that are not in the file yet. */
  private final StringBuilder waiting = new StringBuilder();

  private MetricsLog(FileSystem fs, Path file, FailurePolicy onFailure) {
    this.fs = fs;
    this.file = file;
    this.onFailure = onFailure;
  }

  /**
   * Opens the log of a run that stands after {@code rounds} rounds; a line that can't be written is
   * an error.
   *
   * @param file the log; made if missing
   */
  public static MetricsLog open(Path file, int rounds, Configuration hadoop) throws IOException {
    return open(file, rounds, hadoop, FailurePolicy.FAIL);
  }

  /**
   * The same.
   *
   * @param onFailure {@link FailurePolicy#CONTINUE}: lines that can't be written, as on a full
   *     disk, wait for the next line or for the end, which must succeed
   */
  public static MetricsLog open(
      Path file, int rounds, Configuration hadoop, FailurePolicy onFailure) throws IOException {
    MetricsLog log = new MetricsLog(Storage.fileSystem(file, hadoop), file, onFailure);
    log.reopen(rounds);
    return log;
  }

  private void reopen(int rounds) throws IOException {
    String kept = fs.exists(file) ? linesBefore(rounds, fs, file) : "";
    Storage.writeAtomically(fs, file, kept.getBytes(StandardCharsets.UTF_8));
    if (fs.hasPathCapability(file, CommonPathCapabilities.FS_APPEND)) {
      out = fs.append(file);
    } else {
      out = fs.create(file, /* overwrite= */ true);
      out.write(kept.getBytes(StandardCharsets.UTF_8));
      out.hflush();
    }
  }

  /** An empty object to be filled and {@link #write written}. */
  static ObjectNode line(String kind, int round) {
    return JSON.createObjectNode().put("kind", kind).put("round", round);
  }

  void write(ObjectNode line) throws IOException {
    write(JSON.writeValueAsString(line) + "\n");
  }

  private void write(String lines) throws IOException {
    waiting.append(lines);
    try {
      flush();
    } catch (CheckpointException e) {
      if (onFailure == FailurePolicy.FAIL) {
        throw e;
      }
      LOG.warn("{}; the run goes on, as checkpoint.on-failure says", e.getMessage());
    }
  }

  private void flush() throws CheckpointException {
    try {
      if (out == null) {
        reopen(Integer.MAX_VALUE); // without the line that was torn
      }
      out.write(waiting.toString().getBytes(StandardCharsets.UTF_8));
      out.hflush();
      waiting.setLength(0);
    } catch (FSError e) {
      throw unwritable(Storage.unwrapped(e));
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private CheckpointException unwritable(IOException e) {
    if (out != null) {
      IOUtils.cleanupWithLogger(LOG, out);
      out = null;
    }
    return new CheckpointException("Cannot write " + file + ": " + e.getMessage(), e);
  }

  @Override
  public void close() throws IOException {
    if (!waiting.isEmpty() && onFailure == FailurePolicy.CONTINUE) {
      flush();
    }
    if (out != null) {
      out.close();
    }
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
