package tributary.datasets.minibatch;

/** What becomes of an example that cannot be used, though its shard is intact. */
public enum OnBadExample {
  /** It is an error. */
  FAIL,
  /** Its minibatch goes on without it, and is shorter. */
  SKIP
}
