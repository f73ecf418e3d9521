package tributary.driver.spark;

import java.io.IOException;
import java.io.Serializable;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import tributary.worker.executor.ExecutorRuntime;
import tributary.worker.executor.ReplicaSetup;

/**
 * A setup as tasks see it: gives each the runtime of the executor it runs on. Sent.
 *
 * @param setup what the runtime serves
 * @param hadoop how to reach the dataset's file system
 */
public record SetupOnExecutors(ReplicaSetup setup, Broadcast<SerializableConfiguration> hadoop)
    implements Serializable {
  /** Readies a setup for the tasks of {@code spark}. */
  public static SetupOnExecutors of(ReplicaSetup setup, JavaSparkContext spark) {
    return new SetupOnExecutors(
        setup, spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration())));
  }

  /** Executor only: does a task's work on this process' runtime. */
  public <T> TaskOutcome<T> run(ExecutorRuntime.Use<T> work) throws IOException {
    String host = SparkEnv.get().blockManager().blockManagerId().host();
    return TaskOutcome.of(() -> ExecutorRuntime.with(setup, hadoop.value().value(), host, work));
  }
}
