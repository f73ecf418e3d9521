package tributary.driver.round;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import tributary.datasets.Checks;
import tributary.worker.model.ModelState;

/**
 * How a state is cut into slices for the exchange: parameters and optimizer values as one vector,
 * in pieces of nearly equal length. Slices travel as raw little-endian bytes. Sent to executors.
 *
 * @param parameters length of the parameter vector
 * @param optimizer length of the optimizer vector; 0 if it does not take part
 * @param count number of slices, &gt;= 1
 */
record StateSlices(int parameters, int optimizer, int count) implements Serializable {
  StateSlices {
    Checks.argument(count >= 1, "count must be >= 1, got %d", count);
  }

  /** Slices of about {@code floats} values each. */
  static StateSlices ofLength(int floats, ModelState state) {
    int parameters = state.parameters().length;
    int optimizer = state.optimizer().length;
    long total = (long) parameters + optimizer;
    return new StateSlices(
        parameters, optimizer, Math.toIntExact(Math.max(1, (total + floats - 1) / floats)));
  }

  /** All slices of a state, in order. */
  List<byte[]> cut(ModelState state) {
    List<byte[]> slices = new ArrayList<>(count);
    for (int index = 0; index < count; index++) {
      slices.add(cut(state, index));
    }
    return slices;
  }

  /** The slice {@code index} of a state as bytes. */
  byte[] cut(ModelState state, int index) {
    byte[] slice = new byte[length(index) * Float.BYTES];
    forEachPart(index, state, floats(slice)::put);
    return slice;
  }

  /**
   * The state that the slices make up.
   *
   * @param slices all of them, in order
   */
  ModelState join(List<byte[]> slices) {
    Checks.argument(slices.size() == count, "expected %d slices, found %d", count, slices.size());
    ModelState state = new ModelState(new float[parameters], new float[optimizer]);
    for (int index = 0; index < count; index++) {
      paste(slices.get(index), index, state);
    }
    return state;
  }

  private int length(int index) {
    return Math.toIntExact(start(index + 1) - start(index));
  }

  private void paste(byte[] slice, int index, ModelState state) {
    Checks.argument(
        slice.length == length(index) * Float.BYTES,
        "slice %d: expected %d bytes, found %d",
        index,
        length(index) * Float.BYTES,
        slice.length);
    forEachPart(index, state, floats(slice)::get);
  }

  /** A slice lies in the parameters, in the optimizer's values, or across their border. */
  private void forEachPart(int index, ModelState state, Part part) {
    long from = start(index);
    int length = length(index);
    int inParameters = (int) Math.max(0, Math.min(parameters - from, length));
    if (inParameters > 0) {
      part.move(state.parameters(), (int) from, inParameters);
    }
    if (inParameters < length) {
      int optimizerFrom = (int) (Math.max(from, parameters) - parameters);
      part.move(state.optimizer(), optimizerFrom, length - inParameters);
    }
  }

  private long start(int index) {
    return ((long) parameters + optimizer) * index / count;
  }

  static FloatBuffer floats(byte[] slice) {
    return ByteBuffer.wrap(slice).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }

  /** Moves consecutive values between a slice and one of the state's vectors. */
  private interface Part {
    void move(float[] vector, int from, int length);
  }
}
