package tributary.driver.spark;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What tasks were about to do when their process died over it. A task that is tried again tells the
 * driver before it does anything, and waits until the driver knows: heartbeats come too late for
 * what kills at once. First attempts tell nothing here, so that it costs nothing.
 */
public final class LastWords {
  private static final Logger LOG = LoggerFactory.getLogger(LastWords.class);
  private static final int KEPT = 10_000;

  /** The newest of each task. Driver only; guarded by itself. */
  private static final Map<Long, String> BY_TASK = new LinkedHashMap<>();

  private LastWords() {}

  /** Executor only: called by a task before it does something. */
  public static void say(String what) {
    TaskContext task = TaskContext.get();
    if (!DriverLink.isThere() || task.attemptNumber() == 0) {
      return;
    }
    try {
      DriverLink.ask(new Said(task.taskAttemptId(), what));
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

  static void forget() {
    synchronized (BY_TASK) {
      BY_TASK.clear();
    }
  }

  /** Tells what a task is about to do. */
  record Said(long task, String what) implements DriverLink.Message {
    @Override
    public void read() {
      synchronized (BY_TASK) {
        BY_TASK.put(task, what);
        if (BY_TASK.size() > KEPT) {
          BY_TASK.remove(BY_TASK.keySet().iterator().next());
        }
      }
    }
  }
}
