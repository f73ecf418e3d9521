package tributary.worker.executor;

import java.util.ArrayDeque;
import java.util.Deque;
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
  private final Deque<Replica> idle = new ArrayDeque<>();
  private boolean closed;

  ReplicaPool(Engine engine, ModelConfiguration model) {
    this.engine = engine;
    this.model = model;
  }

  /** Runs {@code use} on a replica that no other thread has. */
  <T, E extends Exception> T with(Use<T, E> use) throws E {
    Replica replica = take();
    boolean good = false;
    try {
      T result = use.of(replica);
      good = true;
      return result;
    } finally {
      giveBack(replica, good);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    idle.forEach(Replica::close);
    idle.clear();
  }

  private Replica take() {
    synchronized (this) {
      if (!idle.isEmpty()) {
        return idle.pop();
      }
    }
    return engine.replica(model);
  }

  /** A replica whose use failed is closed: nothing is known of what it holds. */
  private synchronized void giveBack(Replica replica, boolean good) {
    if (good && !closed) {
      idle.push(replica);
    } else {
      replica.close();
    }
  }

  /** What is done with a replica. */
  interface Use<T, E extends Exception> {
    T of(Replica replica) throws E;
  }
}
