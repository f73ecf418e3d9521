package tributary.worker.train;

/** Is told what a replica is about to do, so that a step that never ends has a name. */
@FunctionalInterface
public interface StepWatch {
  /** Nobody looks. */
  StepWatch NONE = what -> {};

  /**
   * Called before a step reads its minibatch, and before it computes; must not block.
   *
   * @param what the step, and the shards, examples and keys of its minibatch, as far as they are
   *     known
   */
  void begins(String what);
}
