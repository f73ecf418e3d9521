package tributary.driver.exchange;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.BroadcastBlockId;

/**
 * A vector that all processes read. Its slices are blocks beside those of a small broadcast, which
 * carries how it is cut and whose end is theirs. Slices may be put by the driver, or by the tasks
 * that made them: whoever needs one asks the executors that have it, and the driver last.
 */
public final class SharedVector implements Serializable {
  private static final long serialVersionUID = 1;

  /** The newest vector of each role as this process has decoded it: for replicas side by side. */
  private static final Map<String, Decoded> DECODED = new HashMap<>();

  private static final int FETCHES = 3;
  private static final ExecutorService FETCHERS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "vector-fetch");
            thread.setDaemon(true);
            return thread;
          });

  private final String role;
  private final Broadcast<Slices> slices;

  private SharedVector(String role, Broadcast<Slices> slices) {
    this.role = role;
    this.slices = slices;
  }

  /** A vector whose slices tasks will put. Driver only. */
  static SharedVector declare(JavaSparkContext spark, String role, int length) {
    return new SharedVector(role, spark.broadcast(Slices.of(length)));
  }

  /**
   * Offers a vector to all executors. Driver only.
   *
   * @param role what it is; a process keeps one decoded vector of each
   * @param values must not change any more
   */
  public static SharedVector publish(JavaSparkContext spark, String role, float[] values) {
    SharedVector vector = declare(spark, role, values.length);
    Slices slices = vector.slices();
    for (int slice = 0; slice < slices.count(); slice++) {
      vector.put(slice, Floats.encode(values, slices.start(slice), slices.size(slice)));
    }
    vector.remember(values);
    return vector;
  }

  /**
   * The whole vector, which callers must not change.
   *
   * @throws IOException if a slice is lost with all processes that had it
   */
  public float[] values() throws IOException {
    synchronized (DECODED) {
      Decoded known = DECODED.get(role);
      if (known == null || !known.vector().equals(key())) {
        DECODED.remove(role); // before the next is read: there may be no room for both
        known = remember(gather());
      }
      return known.values();
    }
  }

  /** No process needs it any more. Driver only. */
  public void destroy() {
    slices.destroy();
  }

  Slices slices() {
    return slices.value();
  }

  void put(int slice, ByteBuffer bytes) {
    RawBlocks.put(block(slice), bytes);
  }

  /** Several fetches at a time: one decodes while others wait for the network. */
  private float[] gather() throws IOException {
    Slices cut = slices();
    float[] values = new float[cut.length()];
    int first = (int) (RawBlocks.fairStart() * cut.count());
    AtomicInteger next = new AtomicInteger();
    List<Future<Void>> fetchers = new ArrayList<>();
    for (int i = 0; i < FETCHES; i++) {
      fetchers.add(FETCHERS.submit(() -> fetchAll(next, first, cut, values)));
    }
    for (Future<Void> fetcher : fetchers) {
      await(fetcher);
    }
    return values;
  }

  private Void fetchAll(AtomicInteger next, int first, Slices cut, float[] values)
      throws IOException {
    for (int i = next.getAndIncrement(); i < cut.count(); i = next.getAndIncrement()) {
      int slice = (first + i) % cut.count();
      Floats.decode(RawBlocks.get(block(slice)), values, cut.start(slice), cut.size(slice));
    }
    return null;
  }

  private static void await(Future<Void> fetcher) throws IOException {
    try {
      fetcher.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException lost ? lost : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while fetching a vector");
    }
  }

  private Decoded remember(float[] values) {
    synchronized (DECODED) {
      Decoded decoded = new Decoded(key(), values);
      DECODED.put(role, decoded);
      return decoded;
    }
  }

  private BroadcastBlockId block(int slice) {
    return new BroadcastBlockId(slices.id(), "slice" + slice);
  }

  /** Numbers of broadcasts start anew with each application. */
  private String key() {
    return SparkEnv.get().conf().getAppId() + "/" + slices.id();
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Decoded(String vector, float[] values) {}
}
