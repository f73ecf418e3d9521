package tributary.worker.executor;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import tributary.worker.engine.Engine;
import tributary.worker.engine.Replica;
import tributary.worker.model.ModelConfiguration;

/**
 * Replicas that wait for their next use; there are as many as tasks ever ran at once. Each use
 * loads the state it starts from, so it does not matter which replica a task gets.
 */
final class ReplicaPool implements AutoCloseable {
  private final Engine engine;
  private final ModelConfiguration model;
  private final Map<Integer, Deque<Replica>> idleByGpu = new HashMap<>();
  private boolean closed;

  ReplicaPool(Engine engine, ModelConfiguration model) {
    this.engine = engine;
    this.model = model;
  }

  /** Runs {@code use} on a replica that no other thread has. */
  <T, E extends Exception> T with(Use<T, E> use) throws E {
    int gpu = TaskGpu.index();
    Replica replica = take(gpu);
    boolean good = false;
    try {
      T result = use.of(replica);
      good = true;
      return result;
    } finally {
      giveBack(replica, gpu, good);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    idleByGpu.values().forEach(idle -> idle.forEach(Replica::close));
    idleByGpu.clear();
  }

  private Replica take(int gpu) {
    synchronized (this) {
      Deque<Replica> idle = idle(gpu);
      if (!idle.isEmpty()) {
        return idle.pop();
      }
    }
    return engine.replica(model, gpu);
  }

  private Deque<Replica> idle(int gpu) {
    return idleByGpu.computeIfAbsent(gpu, any -> new ArrayDeque<>());
  }

  /** A replica whose use failed is closed: nothing is known of what it holds. */
  private synchronized void giveBack(Replica replica, int gpu, boolean good) {
    if (good && !closed) {
      idle(gpu).push(replica);
    } else {
      replica.close();
    }
  }

  /** What is done with a replica. */
  interface Use<T, E extends Exception> {
    T of(Replica replica) throws E;
  }
}
