package tributary.driver.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tributary.datasets.Checks;
import tributary.worker.model.ParameterTensor;

/**
 * A flat float vector as a file of named tensors, in the safetensors format, which carries data
 * alone.
 *
 * <pre>
 * offset  type                  field
 *      0  long, little-endian   length of the header, a multiple of 8
 *      8  UTF-8                 header: a JSON object, padded with blanks; per tensor "dtype",
 *                               "shape" and "data_offsets" (begin and end, from the header's end)
 *  8 + h  float, little-endian  the flat vector; each tensor is a stretch of it
 * </pre>
 *
 * <p>The format has row-major tensors only. A tensor that DL4J keeps in column-major order is
 * listed with its dimensions reversed, which is its transpose: for a dense layer {@code
 * [outputs][inputs]}.
 */
final class Safetensors {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_HEADER_BYTES = 64 << 20;
  private static final int BUFFER_FLOATS = 1 << 16;
  private static final int ALIGNMENT = 8;

  private Safetensors() {}

  /** Writes {@code values}, which the tensors cover in order and without gaps. */
  static void write(OutputStream out, List<ParameterTensor> tensors, float[] values)
      throws IOException {
    Checks.argument(
        values.length == count(tensors),
        "%d values do not fill tensors of %d",
        values.length,
        count(tensors));
    byte[] header = JSON.writeValueAsBytes(header(tensors));
    int padded = (header.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] blanks = new byte[padded - header.length];
    Arrays.fill(blanks, (byte) ' ');
    out.write(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).array());
    out.write(header);
    out.write(blanks);
    byte[] buffer = new byte[BUFFER_FLOATS * Float.BYTES];
    FloatBuffer floats = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    for (int from = 0; from < values.length; from += BUFFER_FLOATS) {
      int length = Math.min(BUFFER_FLOATS, values.length - from);
      floats.clear().put(values, from, length);
      out.write(buffer, 0, length * Float.BYTES);
    }
  }

  /**
   * Reads the vector back. The header is compared with what is expected before memory is taken.
   *
   * @param place names the file in errors
   * @throws CheckpointException if the file holds other tensors than expected, or is cut short
   */
  static float[] read(InputStream stream, List<ParameterTensor> expected, String place)
      throws IOException {
    try {
      DataInputStream in = new DataInputStream(stream);
      requireSame(header(expected), readHeader(in, place), place);
      float[] values = new float[Math.toIntExact(count(expected))];
      byte[] buffer = new byte[BUFFER_FLOATS * Float.BYTES];
      for (int from = 0; from < values.length; from += BUFFER_FLOATS) {
        int length = Math.min(BUFFER_FLOATS, values.length - from);
        in.readFully(buffer, 0, length * Float.BYTES);
        ByteBuffer.wrap(buffer)
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(values, from, length);
      }
      if (in.read() >= 0) {
        throw new CheckpointException(place + " goes on after its last tensor");
      }
      return values;
    } catch (EOFException e) {
      throw new CheckpointException(place + " ends before its last tensor", e);
    }
  }

  private static JsonNode readHeader(DataInputStream in, String place) throws IOException {
    byte[] prefix = new byte[Long.BYTES];
    in.readFully(prefix);
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > MAX_HEADER_BYTES) {
      throw new CheckpointException(
          Checks.format(
              "%s: header length at byte 0: expected 2..%d, found %d",
              place, MAX_HEADER_BYTES, length));
    }
    byte[] header = new byte[(int) length];
    in.readFully(header);
    try {
      return JSON.readTree(new String(header, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(place + ": header at byte 8 is not JSON", e);
    }
  }

  private static void requireSame(ObjectNode expected, JsonNode found, String place)
      throws CheckpointException {
    if (expected.equals(found)) {
      return;
    }
    for (var field : expected.properties()) {
      JsonNode other = found.path(field.getKey());
      if (!field.getValue().equals(other)) {
        throw new CheckpointException(
            Checks.format(
                "%s does not fit the model: tensor %s: expected %s, found %s",
                place, field.getKey(), field.getValue(), other.isMissingNode() ? "none" : other));
      }
    }
    List<String> names = new ArrayList<>();
    found.fieldNames().forEachRemaining(names::add);
    names.removeIf(expected::has);
    throw new CheckpointException(
        place + " does not fit the model: it holds tensors the model has not: " + names);
  }

  private static ObjectNode header(List<ParameterTensor> tensors) {
    ObjectNode header = JSON.createObjectNode();
    for (ParameterTensor tensor : tensors) {
      ObjectNode entry = header.putObject(tensor.name());
      entry.put("dtype", "F32");
      ArrayNode shape = entry.putArray("shape");
      tensor.rowMajorShape().forEach(shape::add);
      entry
          .putArray("data_offsets")
          .add(tensor.offset() * Float.BYTES)
          .add((tensor.offset() + tensor.size()) * Float.BYTES);
    }
    // Numbers compare by type in Jackson: what is read back must be typed as what is parsed.
    return reparsed(header);
  }

  private static ObjectNode reparsed(ObjectNode node) {
    try {
      return (ObjectNode) JSON.readTree(JSON.writeValueAsString(node));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long count(List<ParameterTensor> tensors) {
    return tensors.stream().mapToLong(ParameterTensor::size).sum();
  }
}
