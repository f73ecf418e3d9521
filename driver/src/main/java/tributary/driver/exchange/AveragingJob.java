package tributary.driver.exchange;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.rdd.ShuffledRDD;
import org.apache.spark.serializer.SerializerInstance;
import scala.Tuple2;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import tributary.datasets.Checks;
import tributary.driver.exchange.Message.Raw;
import tributary.driver.exchange.Work.Done;
import tributary.worker.model.ModelState;

/** The Spark job of one exchange: work, shuffle, mean. May be run again. */
final class AveragingJob<R extends Serializable> implements AutoCloseable {
  /** What one reducing task holds at most: a slice of every replica, or this many bytes of them. */
  private static final long REDUCER_BYTES = 64L << 20;

  private final int replicas;
  private final int reducers;
  private final int slots;
  private final NextState to;
  private final JavaRDD<Part<R>> parts;

  /**
   * A job.
   *
   * @param homes where the reducing tasks of the job before ran: they have left there what the next
   *     need; empty if there was none
   */
  AveragingJob(
      JavaSparkContext spark,
      int replicas,
      SharedState from,
      NextState to,
      List<String> homes,
      Work<R> work,
      Phases phases) {
    this.replicas = replicas;
    this.to = to;
    this.slots = slots(spark);
    this.reducers = reducers();
    Replica<R> replica = new Replica<>(from, to, work, phases);
    Reducer<R> reducer = new Reducer<>(to, work.isRepeatable(), phases);
    JavaPairRDD<Integer, Message> sent =
        spark
            .parallelize(IntStream.range(0, replicas).boxed().toList(), replicas)
            .flatMapToPair(replica::run);
    RDD<Tuple2<Integer, Message>> shuffled = shuffled(sent, new MessageSerializer(phases));
    RDD<Tuple2<Integer, Message>> placed =
        homes.size() == reducers
            ? new Placed<>(shuffled, homes, shuffled.elementClassTag())
            : shuffled;
    this.parts = placed.toJavaRDD().mapPartitions(reducer::run);
  }

  /**
   * Runs the job; what an earlier run left in the shuffle is not made anew.
   *
   * @throws MixedRunsException if the mean is of different runs of a replica: a reducing task may
   *     have read what an executor sent that was then lost, and a later one what another sent in
   *     its stead
   */
  Result<R> run() throws MixedRunsException {
    List<Sent<R>> reports = new ArrayList<>();
    List<Mean> means = new ArrayList<>();
    List<String> homes = new ArrayList<>();
    for (Part<R> part : parts.collect()) {
      reports.addAll(part.reports());
      means.addAll(part.means());
      homes.add(part.home());
    }
    reports.sort(Comparator.comparingInt(Sent::replica));
    SortedMap<Integer, Long> weights = new TreeMap<>();
    reports.stream()
        .filter(report -> report.weight() > 0)
        .forEach(report -> weights.put(report.replica(), report.weight()));
    requireOneRun(weights, means);
    means.forEach(mean -> mean.bringTo(to));
    return new Result<>(
        reports.stream().map(Sent::report).toList(),
        weights.values().stream().mapToLong(Long::longValue).sum(),
        homes);
  }

  private void requireOneRun(SortedMap<Integer, Long> reported, List<Mean> means)
      throws MixedRunsException {
    Map<Integer, SortedMap<Integer, Long>> found = new TreeMap<>();
    means.forEach(mean -> found.put(mean.slice(), mean.weights()));
    for (int slice = 0; slice < to.count(); slice++) {
      SortedMap<Integer, Long> weights = found.getOrDefault(slice, Collections.emptySortedMap());
      if (!weights.equals(reported)) {
        throw new MixedRunsException(slice, reported, weights);
      }
    }
  }

  /** How many replicas, and how many reducing tasks, work at a time. */
  int replicasAtATime() {
    return Math.min(replicas, slots);
  }

  int reducersAtATime() {
    return Math.min(reducers, slots);
  }

  /** The shuffle's files would else stay until the driver's garbage is collected. */
  @Override
  public void close() {
    parts.rdd().cleanShuffleDependencies(/* blocking= */ false);
  }

  private static int slots(JavaSparkContext spark) {
    return Math.max(1, spark.defaultParallelism() / spark.getConf().getInt("spark.task.cpus", 1));
  }

  private int reducers() {
    long wanted = Math.max(slots, to.bytes() * replicas / REDUCER_BYTES);
    return (int) Math.max(1, Math.min(to.count(), wanted));
  }

  private RDD<Tuple2<Integer, Message>> shuffled(
      JavaPairRDD<Integer, Message> sent, MessageSerializer serializer) {
    ClassTag<Integer> key = ClassTag$.MODULE$.apply(Integer.class);
    ClassTag<Message> value = ClassTag$.MODULE$.apply(Message.class);
    return new ShuffledRDD<Integer, Message, Message>(
            sent.rdd(), new HashPartitioner(reducers), key, value, value)
        .setSerializer(serializer);
  }

  /**
   * What came home.
   *
   * @param reports one per replica, in replica order
   * @param weight of all replicas together
   * @param homes where each reducing task ran
   */
  record Result<R>(List<R> reports, long weight, List<String> homes) {}

  /** A mean whose slices are not all of the same runs. */
  static final class MixedRunsException extends IOException {
    private static final long serialVersionUID = 1;

    private MixedRunsException(int slice, Map<Integer, Long> reported, Map<Integer, Long> found) {
      super(
          Checks.format(
              "slice %d is of replicas with weights %s, which report %s", slice, found, reported));
    }
  }

  /** A replica's report. Sent. */
  private record Sent<R extends Serializable>(int replica, long weight, R report)
      implements Serializable {}

  /**
   * What a reducing task tells the driver. Sent.
   *
   * @param home where it ran
   */
  private record Part<R extends Serializable>(
      ArrayList<Sent<R>> reports, ArrayList<Mean> means, String home) implements Serializable {}

  /**
   * What became of a slice. Sent.
   *
   * @param weights of the replicas that it is the mean of
   * @param bytes null if they stay with the executor; a task that was given up may have left others
   *     there
   */
  private record Mean(int slice, TreeMap<Integer, Long> weights, SliceMean bytes)
      implements Serializable {
    void bringTo(NextState to) {
      if (bytes != null) {
        to.put(slice, bytes);
      }
    }
  }

  /** The map side. Sent. */
  private record Replica<R extends Serializable>(
      SharedState from, NextState to, Work<R> work, Phases phases) implements Serializable {
    Iterator<Tuple2<Integer, Message>> run(int replica) throws Exception {
      ModelState start = Phases.time(phases.gather(), from::values);
      Done<R> done = Phases.time(phases.work(), () -> work.run(replica, start));
      List<Tuple2<Integer, Message>> messages = new ArrayList<>();
      if (done.weight() > 0) {
        messages.addAll(to.cut(replica, done.weight(), start, done.end()));
      }
      byte[] report = JavaBytes.of(done.report());
      messages.add(new Tuple2<>(to.count(), new Raw(replica, done.weight(), report)));
      return messages.iterator();
    }
  }

  /** The reduce side. Sent. */
  private record Reducer<R extends Serializable>(NextState to, boolean keeps, Phases phases)
      implements Serializable {
    Iterator<Part<R>> run(Iterator<Tuple2<Integer, Message>> messages) throws IOException {
      Map<Integer, List<Raw>> bySlice = Phases.time(phases.shuffle(), () -> read(messages));
      List<Raw> reports = bySlice.remove(to.count());
      ArrayList<Mean> means =
          Phases.time(
              phases.sum(),
              () -> {
                ArrayList<Mean> made = new ArrayList<>();
                for (Map.Entry<Integer, List<Raw>> slice : bySlice.entrySet()) {
                  made.add(mean(slice.getKey(), slice.getValue()));
                }
                return made;
              });
      ArrayList<Sent<R>> sent = new ArrayList<>();
      for (Raw report : reports == null ? List.<Raw>of() : reports) {
        sent.add(sent(report));
      }
      return List.of(new Part<>(sent, means, RawBlocks.home())).iterator();
    }

    private Mean mean(int slice, List<Raw> blocks) throws IOException {
      TreeMap<Integer, Long> weights = new TreeMap<>();
      blocks.forEach(block -> weights.put(block.replica(), block.weight()));
      SliceMean mean = to.average(slice, blocks);
      if (!keeps) {
        return new Mean(slice, weights, mean);
      }
      to.put(slice, mean);
      return new Mean(slice, weights, null);
    }

    @SuppressWarnings("unchecked") // it is what a replica sent
    private Sent<R> sent(Raw report) {
      return new Sent<>(report.replica(), report.weight(), (R) JavaBytes.read(report.bytes()));
    }

    private static Map<Integer, List<Raw>> read(Iterator<Tuple2<Integer, Message>> messages) {
      Map<Integer, List<Raw>> bySlice = new TreeMap<>();
      while (messages.hasNext()) {
        Tuple2<Integer, Message> message = messages.next();
        bySlice.computeIfAbsent(message._1(), slice -> new ArrayList<>()).add((Raw) message._2());
      }
      return bySlice;
    }
  }

  /** Reports are small and come from our own tasks: Spark's serialiser is good enough. */
  private static final class JavaBytes {
    private static final ClassTag<Object> ANY = ClassTag$.MODULE$.apply(Object.class);

    static byte[] of(Serializable report) {
      ByteBuffer bytes = serializer().serialize(report, ANY);
      byte[] array = new byte[bytes.remaining()];
      bytes.get(array);
      return array;
    }

    static Object read(byte[] bytes) {
      return serializer().deserialize(ByteBuffer.wrap(bytes), ANY);
    }

    private static SerializerInstance serializer() {
      return SparkEnv.get().closureSerializer().newInstance();
    }
  }
}
