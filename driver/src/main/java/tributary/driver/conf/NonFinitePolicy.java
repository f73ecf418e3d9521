package tributary.driver.conf;

/** What becomes of a round in which numbers are no longer finite. */
public enum NonFinitePolicy {
  /** It ends the run; the last checkpoint is good. */
  FAIL,
  /** Replicas that left the finite numbers do not count in its average. */
  SKIP_REPLICA,
  /** It is dropped wholly: parameters, optimizer and outer state stay what they were before it. */
  ROLLBACK
}
