package tributary.driver.round;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.util.CollectionAccumulator;
import scala.Tuple4;
import scala.collection.JavaConverters;
import tributary.datasets.Checks;
import tributary.driver.spark.LastWords;

/**
 * Knows where the replicas of a round run, and what they are at: executors tell with their
 * heartbeats. For messages alone. Driver only; safe for several threads.
 */
final class ReplicaWatch extends SparkListener implements AutoCloseable {
  private final JavaSparkContext spark;
  private final String jobGroup;
  private final CollectionAccumulator<String> doing;

  /** The stage whose tasks are replicas: the first of the round's job. Guarded by this. */
  private int stage = -1;

  /** The round's tasks by their id; a replica may have had several. Guarded by this. */
  private final Map<Long, Attempt> attempts = new TreeMap<>();

  /** Replicas that have finished. Guarded by this. */
  private final Set<Integer> finished = new HashSet<>();

  private ReplicaWatch(JavaSparkContext spark, String jobGroup) {
    this.spark = spark;
    this.jobGroup = jobGroup;
    this.doing = spark.sc().collectionAccumulator("replica at");
  }

  /** Watches the jobs of a group; the caller closes it. */
  static ReplicaWatch of(JavaSparkContext spark, String jobGroup) {
    ReplicaWatch watch = new ReplicaWatch(spark, jobGroup);
    spark.sc().addSparkListener(watch);
    return watch;
  }

  /** Where a task says what it is at: it holds one text, the newest. Sent. */
  CollectionAccumulator<String> doing() {
    return doing;
  }

  /** The replicas that have not finished: where they are, and what they were at when last heard. */
  synchronized String unfinished(int replicas) {
    StringJoiner told = new StringJoiner("; ");
    told.setEmptyValue("all replicas had finished, and their average was under way");
    for (int replica = 0; replica < replicas; replica++) {
      if (!finished.contains(replica)) {
        told.add(told(replica));
      }
    }
    return told.toString();
  }

  private String told(int replica) {
    Map<String, Integer> places = new LinkedHashMap<>();
    attempts.forEach(
        (task, attempt) -> {
          if (attempt.replica() == replica) {
            String at = LastWords.of(task).orElse(attempt.at());
            places.merge(Checks.format("on %s at %s", attempt.host(), at), 1, Integer::sum);
          }
        });
    StringJoiner told = new StringJoiner(" and ", "replica " + replica + " ", "");
    told.setEmptyValue("replica " + replica + " had not begun");
    places.forEach(
        (place, times) ->
            told.add(times == 1 ? place : Checks.format("%d times %s", times, place)));
    return told.toString();
  }

  /**
   * The replica that was tried again and again and came to the same place each time, and that
   * place; empty if there is none.
   */
  synchronized Optional<String> alwaysAtTheSame() {
    Map<Integer, List<String>> places = new TreeMap<>();
    attempts.forEach(
        (task, attempt) ->
            LastWords.of(task)
                .ifPresent(
                    place ->
                        places
                            .computeIfAbsent(attempt.replica(), any -> new ArrayList<>())
                            .add(place)));
    places.keySet().removeAll(finished);
    return places.entrySet().stream()
        .filter(replica -> replica.getValue().size() > 1)
        .filter(replica -> Set.copyOf(replica.getValue()).size() == 1)
        .map(
            replica ->
                Checks.format("replica %d at %s", replica.getKey(), replica.getValue().get(0)))
        .findFirst();
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart job) {
    if (job.properties() != null
        && jobGroup.equals(job.properties().getProperty(JobGroup.PROPERTY))) {
      stage =
          JavaConverters.seqAsJavaList(job.stageIds()).stream()
              .map(Number.class::cast)
              .mapToInt(Number::intValue)
              .min()
              .orElse(-1);
      attempts.clear();
      finished.clear();
    }
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart start) {
    if (start.stageId() == stage) {
      TaskInfo task = start.taskInfo();
      attempts.put(task.taskId(), new Attempt(task.index(), task.host(), "its start"));
    }
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.stageId() == stage) {
      TaskInfo task = end.taskInfo();
      if (task != null && task.successful()) {
        finished.add(task.index());
      }
    }
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate heartbeat) {
    for (Tuple4<?, ?, ?, ?> task : JavaConverters.seqAsJavaList(heartbeat.accumUpdates())) {
      for (Object info : JavaConverters.seqAsJavaList((scala.collection.Seq<?>) task._4())) {
        update(((Number) task._1()).longValue(), (AccumulableInfo) info);
      }
    }
  }

  private void update(long task, AccumulableInfo told) {
    if (told.id() == doing.id()
        && told.update().isDefined()
        && told.update().get() instanceof List<?> texts
        && !texts.isEmpty()) {
      attempts.computeIfPresent(task, (id, attempt) -> attempt.at(texts.get(0).toString()));
    }
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(this);
  }

  /** A task, and what it was at when last heard. */
  private record Attempt(int replica, String host, String at) {
    Attempt at(String now) {
      return new Attempt(replica, host, now);
    }
  }
}
