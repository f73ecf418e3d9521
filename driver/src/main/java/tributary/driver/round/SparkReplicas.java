package tributary.driver.round;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.driver.spark.SetupOnExecutors;
import tributary.driver.spark.TaskOutcome;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelState;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundResult;

/**
 * Runs a round as one Spark job of pure functions: R tasks train and cut their states into S
 * slices, a shuffle brings slice s of every replica to one task, that task averages it. The driver
 * broadcasts one state and collects one, however many replicas there are. Tasks may be retried, run
 * twice or run in waves; the bytes are the same.
 */
public final class SparkReplicas implements Replicas {
  /** 4 MiB a slice: enough slices to share the work, few enough messages. */
  private static final int SLICE_FLOATS = 1 << 20;

  private final JavaSparkContext spark;
  private final SetupOnExecutors setup;

  /** Replicas that run on the executors of {@code spark}. */
  public SparkReplicas(JavaSparkContext spark, ReplicaSetup setup) {
    this.spark = spark;
    this.setup = SetupOnExecutors.of(setup, spark);
  }

  @Override
  public RoundOutcome train(RoundPlan plan, ModelState start) throws DataException {
    long began = System.nanoTime();
    StateSlices down = StateSlices.ofLength(SLICE_FLOATS, start);
    StateSlices up = StateSlices.ofLength(SLICE_FLOATS, averagedPart(plan, start));
    Broadcast<List<byte[]>> broadcast = spark.broadcast(down.cut(start));
    try {
      List<Gathered> gathered = exchange(new Task(setup, plan, down, up, broadcast));
      List<ReplicaReport> reports = new ArrayList<>();
      for (TaskOutcome<ReplicaReport> outcome : gathered.get(up.count()).reports()) {
        reports.add(outcome.get());
      }
      List<byte[]> averages =
          gathered.subList(0, up.count()).stream().map(Gathered::average).toList();
      ModelState average = up.join(averages);
      return new RoundOutcome(
          averagesOptimizer(plan)
              ? average
              : new ModelState(average.parameters(), start.optimizer()),
          reports,
          (System.nanoTime() - began) / 1e9);
    } finally {
      broadcast.destroy();
    }
  }

  /** One element per slice in order, then one with the reports. */
  private List<Gathered> exchange(Task task) {
    int replicas = task.plan().settings().replicas();
    return spark
        .parallelize(IntStream.range(0, replicas).boxed().toList(), replicas)
        .flatMapToPair(task::train)
        .partitionBy(new HashPartitioner(task.up().count() + 1))
        .mapPartitions(SparkReplicas::gather)
        .collect();
  }

  /** Under "reset" the optimizer's state stays what it was at the start of the run. */
  private static ModelState averagedPart(RoundPlan plan, ModelState state) {
    return averagesOptimizer(plan) ? state : new ModelState(state.parameters(), new float[0]);
  }

  private static boolean averagesOptimizer(RoundPlan plan) {
    return plan.settings().optimizerState() == OptimizerStatePolicy.AVERAGE;
  }

  private static Iterator<Gathered> gather(Iterator<Tuple2<Integer, Message>> messages) {
    List<SliceBlock> blocks = new ArrayList<>();
    List<Report> reports = new ArrayList<>();
    while (messages.hasNext()) {
      Message message = messages.next()._2();
      if (message instanceof SliceBlock block) {
        blocks.add(block);
      } else if (message instanceof Report report) {
        reports.add(report);
      }
    }
    reports.sort(Comparator.comparingInt(Report::replica));
    return List.of(
            new Gathered(
                blocks.isEmpty() ? new byte[0] : SliceAverager.average(blocks),
                new ArrayList<>(reports.stream().map(Report::outcome).toList())))
        .iterator();
  }

  /**
   * What a reduce task returns: an average, or the reports of all replicas in replica order.
   *
   * @param average one averaged slice; empty in the element with the reports
   * @param reports empty in the elements with slices
   */
  @SuppressWarnings("ArrayRecordComponent") // raw bytes on their way; never compared
  private record Gathered(byte[] average, List<TaskOutcome<ReplicaReport>> reports)
      implements Serializable {}

  /** What travels in the shuffle. */
  sealed interface Message extends Serializable permits SliceBlock, Report {}

  /** A replica's report, on its way to the task that gathers them. */
  record Report(int replica, TaskOutcome<ReplicaReport> outcome) implements Message {}

  /** The map side of a round. Sent. */
  private record Task(
      SetupOnExecutors setup,
      RoundPlan plan,
      StateSlices down,
      StateSlices up,
      Broadcast<List<byte[]>> start)
      implements Serializable {

    Iterator<Tuple2<Integer, Message>> train(int replica) throws Exception {
      TaskOutcome<RoundResult> outcome =
          setup.run(runtime -> runtime.train(replica, plan, down.join(start.value())));
      List<Tuple2<Integer, Message>> messages = new ArrayList<>();
      messages.add(new Tuple2<>(up.count(), new Report(replica, outcome.map(RoundResult::report))));
      if (!outcome.failed()) {
        addBlocks(replica, outcome.result(), messages);
      }
      return messages.iterator();
    }

    /** An idle replica weighs nothing, so it sends nothing. */
    private void addBlocks(
        int replica, RoundResult result, List<Tuple2<Integer, Message>> messages) {
      long examples = result.report().examples();
      if (examples == 0) {
        return;
      }
      Checks.argument(
          examples == plan.slice(replica).size(),
          "replica %d trained %d examples of a slice of %d",
          replica,
          examples,
          plan.slice(replica).size());
      for (int slice = 0; slice < up.count(); slice++) {
        messages.add(
            new Tuple2<>(slice, new SliceBlock(replica, examples, up.cut(result.state(), slice))));
      }
    }
  }
}
