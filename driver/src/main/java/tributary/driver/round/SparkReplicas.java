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
import tributary.driver.conf.OptimizerStatePolicy;
import tributary.driver.spark.JobOnExecutors;
import tributary.driver.spark.TaskOutcome;
import tributary.worker.executor.Job;
import tributary.worker.model.ModelState;
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
  private final JobOnExecutors job;
  private final OptimizerStatePolicy optimizerState;

  /** Replicas that run on the executors of {@code spark}. */
  public SparkReplicas(JavaSparkContext spark, Job job, OptimizerStatePolicy optimizerState) {
    this.spark = spark;
    this.job = JobOnExecutors.of(job, spark);
    this.optimizerState = optimizerState;
  }

  @Override
  public RoundOutcome train(RoundPlan plan, ModelState start) throws DataException {
    long began = System.nanoTime();
    StateSlices slices = slices(start);
    Broadcast<List<byte[]>> broadcast = spark.broadcast(slices.cut(start));
    try {
      List<Gathered> gathered =
          exchange(new Task(job, plan, slices, start.optimizer().length, broadcast));
      List<ReplicaReport> reports = new ArrayList<>();
      for (TaskOutcome<ReplicaReport> outcome : gathered.get(slices.count()).reports()) {
        reports.add(outcome.get());
      }
      List<byte[]> averages =
          gathered.subList(0, slices.count()).stream().map(Gathered::average).toList();
      return new RoundOutcome(
          slices.join(averages, start.optimizer().length),
          reports,
          (System.nanoTime() - began) / 1e9);
    } finally {
      broadcast.destroy();
    }
  }

  /** One element per slice in order, then one with the reports. */
  private List<Gathered> exchange(Task task) {
    int replicas = task.plan().settings().replicas();
    int slices = task.slices().count();
    return spark
        .parallelize(IntStream.range(0, replicas).boxed().toList(), replicas)
        .flatMapToPair(task::train)
        .partitionBy(new HashPartitioner(slices + 1))
        .mapPartitions(SparkReplicas::gather)
        .collect();
  }

  private StateSlices slices(ModelState state) {
    int optimizer = optimizerState == OptimizerStatePolicy.AVERAGE ? state.optimizer().length : 0;
    return StateSlices.ofLength(SLICE_FLOATS, state.parameters().length, optimizer);
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
      JobOnExecutors job,
      RoundPlan plan,
      StateSlices slices,
      int optimizerLength,
      Broadcast<List<byte[]>> start)
      implements Serializable {

    Iterator<Tuple2<Integer, Message>> train(int replica) throws Exception {
      TaskOutcome<RoundResult> outcome =
          job.run(
              runtime -> runtime.train(replica, plan, slices.join(start.value(), optimizerLength)));
      List<Tuple2<Integer, Message>> messages = new ArrayList<>();
      messages.add(
          new Tuple2<>(slices.count(), new Report(replica, outcome.map(RoundResult::report))));
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
      for (int slice = 0; slice < slices.count(); slice++) {
        messages.add(
            new Tuple2<>(
                slice, new SliceBlock(replica, examples, slices.cut(result.state(), slice))));
      }
    }
  }
}
