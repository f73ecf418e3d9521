package tributary.driver.conf;

/** What becomes of a run whose checkpoint can't be written. */
public enum FailurePolicy {
  /** It ends. */
  FAIL,
  /** It warns, and tries again when the next one is due. */
  CONTINUE
}
