package tributary.worker.engine;

import java.util.List;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.model.ModelState;

/**
 * A model copy that trains: what it computes is a function of the loaded state and the calls since.
 * Reused between rounds. Executor only; one thread at a time.
 */
public interface Replica extends AutoCloseable {
  /** Overwrites parameters and optimizer state. */
  void load(ModelState state);

  /** Takes one optimizer step: forward, loss, backward, update. */
  StepResult step(Minibatch batch, StepKey key);

  /**
   * The output layer's activations in evaluation mode (no dropout, running statistics).
   *
   * @return row-major {@code [size][outputs]}; class probabilities for a softmax output
   */
  float[] forward(Minibatch batch);

  /**
   * The activations of some layers in evaluation mode.
   *
   * @param layers names of layers of the network, as {@link
   *     tributary.worker.model.FeatureLayers#of} has checked them
   * @return one entry for each name, in their order
   */
  List<Activations> forward(Minibatch batch, List<String> layers);

  /** Parameters and optimizer state; copies. */
  ModelState state();

  /** Frees native memory; the replica is of no use afterwards. */
  @Override
  void close();
}
