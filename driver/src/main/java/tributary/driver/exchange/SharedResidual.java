package tributary.driver.exchange;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.BroadcastBlockId;

/**
 * A residual where the tasks find it that make the next mean: its slices are blocks beside those of
 * a small broadcast, put by the driver or by the tasks that made them. Sent.
 */
final class SharedResidual implements Serializable {
  private static final long serialVersionUID = 1;

  private final Broadcast<Slices> slices;

  private SharedResidual(Broadcast<Slices> slices) {
    this.slices = slices;
  }

  /** Offers a residual to all executors. Driver only. */
  static SharedResidual publish(JavaSparkContext spark, Residual residual) {
    SharedResidual shared = new SharedResidual(spark.broadcast(residual.slices()));
    for (int slice = 0; slice < residual.slices().count(); slice++) {
      RawBlocks.put(shared.block(slice), residual.bytes(slice));
    }
    return shared;
  }

  /** One like this whose slices tasks will put. Driver only. */
  SharedResidual next(JavaSparkContext spark) {
    return new SharedResidual(spark.broadcast(slices.value()));
  }

  /**
   * The bytes of one slice.
   *
   * @throws IOException if it is lost with all processes that had it
   */
  ByteBuffer get(int slice) throws IOException {
    return RawBlocks.get(block(slice));
  }

  /** What a task has left of a slice. */
  void put(int slice, byte[] bytes) {
    RawBlocks.put(block(slice), ByteBuffer.wrap(bytes));
  }

  /**
   * All slices. Driver only.
   *
   * @throws IOException if one is lost with all processes that had it
   */
  Residual collect() throws IOException {
    ByteBuffer[] bytes = new ByteBuffer[slices.value().count()];
    RawBlocks.each(
        slices.value().blocks(this::block), (slice, left) -> bytes[slice] = onHeap(left));
    return new Residual(slices.value(), Arrays.asList(bytes));
  }

  /** Spark unmaps what it reads from disk when it likes. */
  private static ByteBuffer onHeap(ByteBuffer bytes) {
    return bytes.hasArray() ? bytes : ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
  }

  /** No process needs it any more. Driver only. */
  void destroy() {
    slices.destroy();
  }

  private BroadcastBlockId block(int slice) {
    return new BroadcastBlockId(slices.id(), "left" + slice);
  }
}
