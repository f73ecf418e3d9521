package tributary.driver.exchange;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.shuffle.BlockFetchingListener;
import org.apache.spark.storage.BlockData;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.BroadcastBlockId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.io.ChunkedByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Bytes on Spark's block managers, beside the blocks of a broadcast and removed with it. Spark's
 * own broadcast asks any holder, the driver among them, so that the driver sends a vector several
 * times; this asks the driver last, and so it sends one.
 */
final class RawBlocks {
  private static final Logger LOG = LoggerFactory.getLogger(RawBlocks.class);
  private static final ClassTag<Object> ANY = ClassTag$.MODULE$.apply(Object.class);

  private RawBlocks() {}

  /** Keeps {@code bytes} in this process, in memory or else on disk, for all others to fetch. */
  static void put(BroadcastBlockId id, ByteBuffer bytes) {
    manager()
        .putBytes(
            id,
            new ChunkedByteBuffer(bytes),
            StorageLevel.MEMORY_AND_DISK_SER(),
            /* tellMaster= */ true,
            ANY);
  }

  /**
   * The bytes of a block, from this process or from another. Executors keep what the driver had to
   * send, for their neighbours, and the driver keeps all, for when executors are lost.
   *
   * @throws IOException if nobody has it any more
   */
  static ByteBuffer get(BroadcastBlockId id) throws IOException {
    ByteBuffer here = local(id);
    return here == null ? remote(id, List.of()) : here;
  }

  /**
   * The same for many, asking the driver but once who has them.
   *
   * @param take is given each block, by its place in {@code ids}; several at a time
   */
  static void each(BroadcastBlockId[] ids, Taker take) throws IOException {
    int first = (int) (fairStart() * ids.length);
    List<List<BlockManagerId>> executors = executors(ids);
    Parallel.each(
        ids.length,
        n -> {
          int place = (first + n) % ids.length;
          ByteBuffer here = local(ids[place]);
          take.take(place, here == null ? remote(ids[place], executors.get(place)) : here);
        });
  }

  /** Is given blocks. */
  interface Taker {
    void take(int place, ByteBuffer bytes) throws IOException;
  }

  /** Whether this is the driver's process; its arrays are a run's state. */
  static boolean isDriver() {
    return manager().blockManagerId().isDriver();
  }

  /** This process as Spark writes it where a task may be placed. */
  static String home() {
    BlockManagerId id = manager().blockManagerId();
    return "executor_" + id.host() + "_" + id.executorId();
  }

  /** Whether this process has the block. */
  static boolean isHere(BroadcastBlockId id) {
    return manager().getStatus(id).isDefined();
  }

  /** Where this process begins to fetch, in 0..1: neighbours begin far from each other. */
  private static double fairStart() {
    String executor = manager().blockManagerId().executorId();
    int number = executor.chars().allMatch(Character::isDigit) ? Integer.parseInt(executor) : 0;
    return (Integer.reverse(number) >>> 1) / (double) (1L << 31);
  }

  private static ByteBuffer local(BroadcastBlockId id) {
    Option<BlockData> found = manager().getLocalBytes(id);
    if (found.isEmpty()) {
      return null;
    }
    try {
      return found.get().toByteBuffer();
    } finally {
      manager().releaseLock(id, Option.empty());
    }
  }

  /**
   * Fetches a block.
   *
   * @param known executors that had it a while ago. By now others may, that have it from the
   *     driver.
   */
  private static ByteBuffer remote(BroadcastBlockId id, List<BlockManagerId> known)
      throws IOException {
    IOException failure = new IOException("No process has block " + id.name());
    ByteBuffer bytes = remote(id, known, failure);
    if (bytes == null) {
      List<BlockManagerId> others = holders(id);
      others.removeAll(known);
      bytes = remote(id, others, failure);
    }
    if (bytes == null) {
      throw failure;
    }
    return bytes;
  }

  private static ByteBuffer remote(
      BroadcastBlockId id, List<BlockManagerId> holders, IOException failure) throws IOException {
    for (BlockManagerId holder : holders) {
      try {
        ByteBuffer bytes = fetch(id, holder);
        if (holder.isDriver() || isDriver()) {
          put(id, bytes.duplicate());
        }
        return bytes;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while fetching " + id.name());
      } catch (Exception e) { // Scala declares none; whatever it is, the next holder may do
        LOG.warn("Cannot fetch {} from {}: {}", id.name(), holder, e.toString());
        failure.addSuppressed(e);
      }
    }
    return null;
  }

  /** Spark's own way to fetch one block copies it twice more. */
  private static ByteBuffer fetch(BroadcastBlockId id, BlockManagerId holder) throws Exception {
    Arrival arrival = new Arrival();
    manager()
        .blockTransferService()
        .fetchBlocks(
            holder.host(),
            holder.port(),
            holder.executorId(),
            new String[] {id.name()},
            arrival,
            /* temporary files= */ null);
    try {
      return arrival.bytes.get(); // Spark gives up on a connection that is silent for too long
    } catch (ExecutionException e) {
      if (e.getCause() instanceof OutOfMemoryError full) {
        throw full; // no other holder's block will find room either
      }
      throw e;
    }
  }

  /** Takes a block from the network's buffers, which are gone after the call, to the heap. */
  private static final class Arrival implements BlockFetchingListener {
    private final CompletableFuture<ByteBuffer> bytes = new CompletableFuture<>();

    @Override
    public void onBlockFetchSuccess(String id, ManagedBuffer arrived) {
      try (DataInputStream in = new DataInputStream(arrived.createInputStream())) {
        byte[] heap = new byte[Math.toIntExact(arrived.size())];
        in.readFully(heap);
        bytes.complete(ByteBuffer.wrap(heap));
      } catch (IOException
          | RuntimeException
          | OutOfMemoryError e) { // else the task waits for ever
        bytes.completeExceptionally(e);
      }
    }

    @Override
    public void onBlockFetchFailure(String id, Throwable cause) {
      bytes.completeExceptionally(cause);
    }
  }

  private static List<BlockManagerId> holders(BroadcastBlockId id) {
    List<BlockManagerId> holders =
        new ArrayList<>(JavaConverters.seqAsJavaList(manager().master().getLocations(id)));
    holders.sort(Comparator.comparing(BlockManagerId::isDriver));
    return holders;
  }

  /** Who has each of some blocks, but for the driver; in one question. */
  private static List<List<BlockManagerId>> executors(BroadcastBlockId[] ids) {
    List<List<BlockManagerId>> executors = new ArrayList<>();
    for (Seq<BlockManagerId> holders :
        JavaConverters.seqAsJavaList(manager().master().getLocations(ids))) {
      executors.add(
          JavaConverters.seqAsJavaList(holders).stream().filter(id -> !id.isDriver()).toList());
    }
    return executors;
  }

  private static BlockManager manager() {
    return SparkEnv.get().blockManager();
  }
}
