package tributary.driver.conf;

/** How parameters travel between replicas. */
public enum ExchangePrecision {
  /** As they are. */
  FLOAT32,
  /** By how much they moved, in half the bytes; what rounding leaves is added a round later. */
  BFLOAT16
}
