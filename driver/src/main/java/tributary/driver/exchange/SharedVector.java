package tributary.driver.exchange;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.BroadcastBlockId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.driver.spark.Errands;

/**
 * A vector that all processes read. Its slices are blocks beside those of a small broadcast, which
 * carries how it is cut and whose end is theirs. Slices may be put by the driver, or by the tasks
 * that made them: whoever needs one asks the executors that have it, and the driver last.
 *
 * <p>Tasks may put, instead of values, by how much they moved from the vector before: those who
 * have that one fetch the moves alone. For all others the driver puts the values when they ask.
 */
public final class SharedVector implements Serializable {
  private static final long serialVersionUID = 1;

  private static final Logger LOG = LoggerFactory.getLogger(SharedVector.class);

  /** The newest vector of each role as this process has decoded it: for replicas side by side. */
  private static final Map<String, Decoded> DECODED = new HashMap<>();

  private final String role;
  private final Broadcast<Slices> slices;

  /** Number of the first vector of the row that this one ends: of them one is in use at a time. */
  private final long origin;

  /** Null if tasks put values. */
  private final Moved moved;

  private SharedVector(String role, Broadcast<Slices> slices, long origin, Moved moved) {
    this.role = role;
    this.slices = slices;
    this.origin = origin;
    this.moved = moved;
  }

  /** A vector like this one whose values tasks will put. Driver only. */
  SharedVector next(JavaSparkContext spark) {
    return new SharedVector(role, spark.broadcast(slices()), origin, null);
  }

  /**
   * A vector like this one of which tasks will put by how much it moved from this one. Driver only.
   *
   * @param exact values that are put as they are
   */
  SharedVector nextMoved(JavaSparkContext spark, Stretches exact) {
    return new SharedVector(role, spark.broadcast(slices()), origin, new Moved(key(), exact));
  }

  /**
   * Offers a vector to all executors. Driver only.
   *
   * @param role what it is; a process keeps one decoded vector of each
   * @param values must not change any more
   */
  public static SharedVector publish(JavaSparkContext spark, String role, float[] values) {
    return publish(spark, role, Encoding.FLOAT32, values, null);
  }

  /**
   * Offers a vector.
   *
   * @param travelling how what tasks put of the next ones goes: it is cut for that
   * @param replaced the one whose place it takes; null if none
   */
  static SharedVector publish(
      JavaSparkContext spark,
      String role,
      Encoding travelling,
      float[] values,
      SharedVector replaced) {
    Broadcast<Slices> slices = spark.broadcast(Slices.of(travelling, values.length));
    long origin = replaced == null ? slices.id() : replaced.origin;
    SharedVector vector = new SharedVector(role, slices, origin, null);
    vector.putAll(values);
    vector.remember(values);
    return vector;
  }

  /**
   * Offers all values of a vector that tasks have moved to those who lack the one before: if one
   * asks, for else they would be put in every round for nobody. Driver only.
   */
  void offerWhole(float[] values) {
    if (moved != null) {
      Errands.offer(slices.id(), () -> putOnce(values));
    }
  }

  private void putOnce(float[] values) {
    if (!RawBlocks.isHere(whole(slices().count() - 1))) {
      putAll(values);
    }
  }

  private void putAll(float[] values) {
    Slices cut = slices();
    for (int slice = 0; slice < cut.count(); slice++) {
      byte[] bytes = Encoding.FLOAT32.encode(values, cut.start(slice), cut.size(slice));
      RawBlocks.put(whole(slice), ByteBuffer.wrap(bytes));
    }
  }

  /**
   * The whole vector, which callers must not change. On an executor it is good for as long as this
   * vector is the newest: the one that replaces it takes its place in memory. A task that is still
   * at work then was given up.
   *
   * @throws IOException if a slice is lost with all processes that had it
   */
  public float[] values() throws IOException {
    synchronized (DECODED) {
      Decoded known = DECODED.get(role);
      if (known != null && known.vector().equals(key())) {
        return known.values();
      }
      DECODED.remove(role);
      float[] free = isFree(known) ? known.values() : null;
      if (known != null && moved != null && known.vector().equals(moved.from())) {
        try {
          return movedFrom(known.values(), orNew(free));
        } catch (InterruptedIOException e) {
          throw e;
        } catch (IOException e) {
          LOG.warn("Fetching all values, for some moves are lost: {}", e.getMessage());
        }
      }
      known = null; // there may be no room for both
      if (moved != null) {
        Errands.ask(slices.id());
      }
      return remember(gather(this::whole, Encoding.FLOAT32::decode, orNew(free)));
    }
  }

  /** Whether nobody reads a vector any more: this one took its place, and no driver keeps it. */
  private boolean isFree(Decoded known) {
    return known != null
        && known.origin() == origin
        && known.number() < slices.id()
        && known.values().length == slices().length()
        && !RawBlocks.isDriver();
  }

  private float[] orNew(float[] room) {
    return room == null ? new float[slices().length()] : room;
  }

  /**
   * The same for those who have the vector before, which is the only way before the driver offers
   * the whole.
   */
  float[] valuesAfter(float[] before) throws IOException {
    return moved == null ? values() : movedFrom(before, new float[before.length]);
  }

  private float[] movedFrom(float[] before, float[] room) throws IOException {
    return remember(
        gather(
            this::moves,
            (bytes, values, from, length) -> moved.apply(bytes, before, values, from, length),
            room));
  }

  /** No process needs it any more. Driver only. */
  public void destroy() {
    Errands.withdraw(slices.id());
    slices.destroy();
  }

  Slices slices() {
    return slices.value();
  }

  /** Which values are put as they are, of a vector that tasks move. */
  Stretches exact() {
    return moved.exact();
  }

  /** What a task has made of a slice: its values, or its moves. */
  void put(int slice, byte[] bytes) {
    RawBlocks.put(moved == null ? whole(slice) : moves(slice), ByteBuffer.wrap(bytes));
  }

  private float[] gather(IntFunction<BroadcastBlockId> block, Decoding decoding, float[] values)
      throws IOException {
    Slices cut = slices();
    RawBlocks.each(
        cut.blocks(block),
        (slice, bytes) -> decoding.decode(bytes, values, cut.start(slice), cut.size(slice)));
    return values;
  }

  private float[] remember(float[] values) {
    synchronized (DECODED) {
      DECODED.put(role, new Decoded(key(), origin, slices.id(), values));
      return values;
    }
  }

  private BroadcastBlockId whole(int slice) {
    return new BroadcastBlockId(slices.id(), "slice" + slice);
  }

  private BroadcastBlockId moves(int slice) {
    return new BroadcastBlockId(slices.id(), "moves" + slice);
  }

  /** Numbers of broadcasts start anew with each application. */
  private String key() {
    return SparkEnv.get().conf().getAppId() + "/" + slices.id();
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Decoded(String vector, long origin, long number, float[] values) {}

  /** Fills {@code length} values from {@code from} on with what a block says of them. */
  private interface Decoding {
    void decode(ByteBuffer bytes, float[] values, int from, int length);
  }

  /**
   * What a vector moved from. Sent.
   *
   * @param from key of the vector before
   * @param exact values that do not move, but are put as they are
   */
  private record Moved(String from, Stretches exact) implements Serializable {
    /** Addition in float, which every process does alike. */
    void apply(ByteBuffer bytes, float[] before, float[] values, int start, int length) {
      float[] moves = new float[Encoding.CHUNK];
      for (int from = start; from < start + length; from += moves.length) {
        int chunk = Math.min(moves.length, start + length - from);
        Encoding.BFLOAT16.get(bytes, moves, 0, chunk);
        for (int i = 0; i < chunk; i++) {
          values[from + i] = before[from + i] + moves[i]; // may be the same array
        }
      }
      float[] picked = new float[exact.count(start, start + length)];
      Encoding.FLOAT32.decode(bytes, picked, 0, picked.length);
      exact.restore(picked, values, start, start + length);
    }
  }
}
