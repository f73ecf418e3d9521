package tributary.worker.train;

/** What becomes of the parameters after a round's average. */
public enum OuterStepType {
  /** The average itself. */
  AVERAGE,
  /** A step with slow momentum: Wang et al., "SlowMo", arXiv:1910.00643. */
  SLOWMO,
  /** A step with Nesterov's momentum: Douillard et al., "DiLoCo", arXiv:2311.08105. */
  NESTEROV
}
