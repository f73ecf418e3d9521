package tributary.worker.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import tributary.datasets.Checks;

/**
 * A model as DL4J's {@link ModelSerializer} keeps it: a zip of {@code configuration.json}, {@code
 * coefficients.bin} and, where its optimizer has a state, {@code updaterState.bin}.
 *
 * <p>DL4J's own reader is never used: it deserialises whatever Java objects lie in the zip. Here
 * two entries are read as data, no other is looked into, and no name becomes a path.
 */
public final class Dl4jZip {
  /** Way above any network's text, and way below what would trouble a heap. */
  private static final int MOST_CONFIGURATION_BYTES = 64 << 20;

  /** In the JSON of an updater. */
  private static final String SCHEDULE = "learningRateSchedule";

  private static final String OURS = Dl4jZip.class.getPackageName() + ".";

  private Dl4jZip() {}

  /** A zip that may be read more than once. */
  public interface Source {
    /** Opens it from its beginning; the caller closes it. */
    InputStream open() throws IOException;
  }

  /**
   * Reads a network and its parameters; memory is taken for as many of them as there are both in
   * the configuration and in the zip.
   *
   * @param origin names the zip in errors
   * @throws ModelException if it is no such zip, if its configuration is refused, or if its
   *     parameters do not fit that
   */
  public static Pretrained read(Source source, String origin) throws IOException {
    try {
      ModelConfiguration model = configuration(source, origin);
      String place = origin + ", " + ModelSerializer.COEFFICIENTS_BIN;
      ModelRules.check(model);
      long expected = model.parameterCount();
      long bytes = entry(source, ModelSerializer.COEFFICIENTS_BIN, origin, Dl4jZip::length);
      if (expected < 1 || bytes < expected * Float.BYTES) {
        throw new ModelException(
            Checks.format(
                "%s does not fit its configuration: expected %d parameters, found %d bytes",
                place, expected, bytes));
      }
      return new Pretrained(
          model,
          entry(
              source,
              ModelSerializer.COEFFICIENTS_BIN,
              origin,
              in -> Nd4jArrays.read(in, Math.toIntExact(expected), place)));
    } catch (ZipException | EOFException e) {
      throw new ModelException(origin + " is not a whole zip: " + e.getMessage(), e);
    }
  }

  /**
   * Writes a model so that DL4J restores it. A learning rate that follows a schedule that DL4J does
   * not have stays what it is at this step.
   *
   * @param step steps taken, which DL4J counts on from; at most {@link Integer#MAX_VALUE}
   * @param others entries of other names, which DL4J leaves alone
   */
  public static void write(
      ModelConfiguration model,
      ModelState state,
      long step,
      int epoch,
      Map<String, byte[]> others,
      OutputStream out)
      throws IOException {
    int clock = (int) Math.min(step, Integer.MAX_VALUE);
    String json = withFixedRates(withClock(model, clock, epoch), clock, epoch);
    ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(out));
    put(zip, ModelSerializer.CONFIGURATION_JSON, json.getBytes(StandardCharsets.UTF_8));
    put(zip, ModelSerializer.COEFFICIENTS_BIN, state.parameters());
    if (state.optimizer().length > 0) {
      put(zip, ModelSerializer.UPDATER_BIN, state.optimizer());
    }
    for (Map.Entry<String, byte[]> other : others.entrySet()) {
      put(zip, other.getKey(), other.getValue());
    }
    zip.finish();
    zip.flush();
  }

  private static ModelConfiguration configuration(Source source, String origin) throws IOException {
    String place = origin + ", " + ModelSerializer.CONFIGURATION_JSON;
    byte[] json =
        entry(
            source,
            ModelSerializer.CONFIGURATION_JSON,
            origin,
            in -> in.readNBytes(MOST_CONFIGURATION_BYTES + 1));
    if (json.length > MOST_CONFIGURATION_BYTES) {
      throw new ModelException(
          Checks.format("%s: expected at most %d bytes", place, MOST_CONFIGURATION_BYTES));
    }
    return ModelConfiguration.parse(new String(json, StandardCharsets.UTF_8), place);
  }

  private static <T> T entry(Source source, String name, String origin, Reader<T> reader)
      throws IOException {
    try (ZipInputStream zip = new ZipInputStream(source.open())) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().equals(name)) {
          return reader.read(zip);
        }
      }
    } catch (IllegalArgumentException e) {
      if (e instanceof ModelException) {
        throw e;
      }
      throw new ModelException(origin + " is not a whole zip: " + e.getMessage(), e); // its names
    }
    throw new ModelException(
        Checks.format(
            "%s: expected a zip as DL4J's ModelSerializer writes it, found no entry %s",
            origin, name));
  }

  private static long length(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long length = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      length += read;
    }
    return length;
  }

  private static String withClock(ModelConfiguration model, int step, int epoch) {
    return switch (model.kind()) {
      case MULTI_LAYER -> {
        MultiLayerConfiguration stack = model.multiLayer();
        stack.setIterationCount(step);
        stack.setEpochCount(epoch);
        yield stack.toJson();
      }
      case GRAPH -> {
        ComputationGraphConfiguration graph = model.graph();
        graph.setIterationCount(step);
        graph.setEpochCount(epoch);
        yield graph.toJson();
      }
    };
  }

  private static String withFixedRates(String json, int step, int epoch) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode tree = mapper.readTree(json);
    for (JsonNode holder : tree.findParents(SCHEDULE)) {
      JsonNode schedule = holder.get(SCHEDULE);
      if (schedule.path("@class").asText().startsWith(OURS)) {
        ISchedule ours =
            NeuralNetConfiguration.mapper().readValue(schedule.toString(), ISchedule.class);
        ((ObjectNode) holder)
            .putObject(SCHEDULE)
            .put("@class", FixedSchedule.class.getName())
            .put("value", ours.valueAt(step, epoch));
      }
    }
    return mapper.writeValueAsString(tree);
  }

  private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(bytes);
    zip.closeEntry();
  }

  private static void put(ZipOutputStream zip, String name, float[] values) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    DataOutputStream data = new DataOutputStream(new BufferedOutputStream(zip));
    Nd4jArrays.write(values, data);
    data.flush();
    zip.closeEntry();
  }

  private interface Reader<T> {
    T read(InputStream in) throws IOException;
  }
}
