package tributary.worker.model;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.nd4j.linalg.factory.Nd4j;
import tributary.datasets.Checks;

/**
 * A vector of floats as ND4J writes arrays: big-endian, no Java serialisation.
 *
 * <pre>
 * UTF        allocation mode, such as MIXED_DATA_TYPES
 * long       N = 2 rank + 4; an int after the modes DIRECT, HEAP and JAVACPP of old versions
 * UTF        LONG
 * long[N]    rank, its dimensions, its strides, flags, element stride, order
 * UTF, long  the same for the values: allocation mode, their number,
 * UTF        FLOAT
 * float[]    the values
 * </pre>
 */
final class Nd4jArrays {
  private static final int MOST_DIMENSIONS = 32;
  private static final int CHUNK_FLOATS = 1 << 14;

  private Nd4jArrays() {}

  /** Writes a row of values. */
  static void write(float[] values, DataOutputStream out) throws IOException {
    Nd4j.write(Nd4j.createFromArray(values).reshape(1, values.length), out);
  }

  /**
   * Reads a vector of {@code expected} values; takes no memory before its header says so, too.
   *
   * @param place names the vector in errors
   * @throws ModelException if it holds another number of values, or values of another type, or one
   *     that is not finite
   */
  static float[] read(InputStream from, int expected, String place) throws IOException {
    DataInputStream in = new DataInputStream(from);
    try {
      requireVector(in, expected, place);
      requireHeader(in, "FLOAT", expected, place);
      return values(in, expected, place);
    } catch (EOFException e) {
      throw new ModelException(
          Checks.format("%s ends early: expected %d parameters", place, expected), e);
    }
  }

  private static void requireVector(DataInputStream in, int expected, String place)
      throws IOException {
    long words = length(in, place);
    long rank = (words - 4) / 2;
    require(words % 2 == 0 && rank >= 1 && rank <= MOST_DIMENSIONS, place, "words of shape", words);
    requireType(in, "LONG", place);
    require(in.readLong() == rank, place, "dimensions beside words of shape", words);
    boolean found = expected == 1;
    for (int i = 0; i < rank; i++) {
      long dimension = in.readLong();
      found |= dimension == expected;
      require(
          dimension == 1 || (dimension == expected && expected > 1),
          place,
          "values in a dimension where the configuration has " + expected + " in all",
          dimension);
    }
    require(found, place, "values where the configuration has", expected);
    in.skipNBytes((words - 1 - rank) * Long.BYTES);
  }

  private static void requireHeader(DataInputStream in, String type, int expected, String place)
      throws IOException {
    long length = length(in, place);
    require(length == expected, place, "values where the configuration has " + expected, length);
    requireType(in, type, place);
  }

  private static long length(DataInputStream in, String place) throws IOException {
    String mode = in.readUTF();
    return switch (mode) {
      case "DIRECT", "HEAP", "JAVACPP" -> in.readInt();
      case "LONG_SHAPE", "MIXED_DATA_TYPES" -> in.readLong();
      default ->
          throw new ModelException(
              Checks.format("%s: expected an array as ND4J writes it, found %s", place, mode));
    };
  }

  private static void requireType(DataInputStream in, String type, String place)
      throws IOException {
    String found = in.readUTF();
    if (!found.equals(type)) {
      throw new ModelException(
          Checks.format("%s: expected values of type %s, found %s", place, type, found));
    }
  }

  private static float[] values(DataInputStream in, int length, String place) throws IOException {
    float[] values = new float[length];
    byte[] chunk = new byte[CHUNK_FLOATS * Float.BYTES];
    for (int from = 0; from < length; from += CHUNK_FLOATS) {
      int floats = Math.min(CHUNK_FLOATS, length - from);
      in.readFully(chunk, 0, floats * Float.BYTES);
      ByteBuffer.wrap(chunk).asFloatBuffer().get(values, from, floats);
    }
    for (int i = 0; i < length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new ModelException(
            Checks.format(
                "%s: expected finite parameters, parameter %d is %s", place, i, values[i]));
      }
    }
    return values;
  }

  private static void require(boolean holds, String place, String what, long found) {
    if (!holds) {
      throw new ModelException(
          Checks.format("%s does not fit its configuration: found %d %s", place, found, what));
    }
  }
}
