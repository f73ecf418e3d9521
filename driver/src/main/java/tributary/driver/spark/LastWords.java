package tributary.driver.spark;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What tasks were about to do when their process died over it. A task that is tried again tells the
 * driver before it does anything, and waits until the driver knows: heartbeats come too late for
 * what kills at once. First attempts tell nothing here, so that it costs nothing. Made by Spark,
 * one in each process.
 */
public final class LastWords implements SparkPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(LastWords.class);
  private static final int KEPT = 10_000;

  /** The newest of each task. Driver only; guarded by itself. */
  private static final Map<Long, String> BY_TASK = new LinkedHashMap<>();

  /** Leads to the driver; null where Spark has not made this plugin. Executor only. */
  private static volatile PluginContext toDriver;

  /** Made by Spark. */
  public LastWords() {}

  /** Executor only: called by a task before it does something. */
  public static void say(String what) {
    TaskContext task = TaskContext.get();
    PluginContext context = toDriver;
    if (context == null || task.attemptNumber() == 0) {
      return;
    }
    try {
      context.ask(task.taskAttemptId() + " " + what);
    } catch (Exception e) { // as declared; what is lost is but a message
      LOG.warn("The driver was not told that task {} is at {}", task.taskAttemptId(), what, e);
    }
  }

  /** Driver only: what a task said last; empty if nothing. */
  public static Optional<String> of(long task) {
    synchronized (BY_TASK) {
      return Optional.ofNullable(BY_TASK.get(task));
    }
  }

  private static void keep(String said) {
    int space = said.indexOf(' ');
    synchronized (BY_TASK) {
      BY_TASK.put(Long.parseLong(said.substring(0, space)), said.substring(space + 1));
      if (BY_TASK.size() > KEPT) {
        BY_TASK.remove(BY_TASK.keySet().iterator().next());
      }
    }
  }

  @Override
  public DriverPlugin driverPlugin() {
    synchronized (BY_TASK) {
      BY_TASK.clear(); // numbers of tasks start anew with each context
    }
    return new DriverPlugin() {
      @Override
      public Object receive(Object message) {
        keep((String) message);
        return "";
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> settings) {
        toDriver = context;
      }
    };
  }
}
