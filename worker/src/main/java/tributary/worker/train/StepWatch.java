package tributary.worker.train;

/** Is told what a replica is about to do, so that a step that never ends has a name. */
@FunctionalInterface
public interface StepWatch {
  /** Nobody looks. */
  StepWatch NONE = what -> {};

  /**
   * Called before a step reads its minibatch; must not block.
   *
   * @param what the step, and the shards and examples of its minibatch
   */
  void begins(String what);
}
