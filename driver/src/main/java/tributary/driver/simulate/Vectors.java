package tributary.driver.simulate;

import tributary.datasets.Checks;
import tributary.driver.exchange.Exchange;

/**
 * Float vectors as the exchange cuts them for their way, the slices counted as equally long.
 *
 * @param bytes of all slices, &gt;= 0
 * @param slices how many
 */
public record Vectors(long bytes, int slices) {
  /** Nothing to send. */
  public static final Vectors NONE = new Vectors(0, 0);

  /** Checks the ranges. */
  public Vectors {
    Checks.argument(bytes >= 0 && slices >= 0, "%d bytes in %d slices", bytes, slices);
    Checks.argument(bytes == 0 || slices > 0, "%d bytes need at least one slice", bytes);
  }

  /** A vector of so many floats. */
  public static Vectors of(int length) {
    return new Vectors((long) length * Float.BYTES, Exchange.slices(length));
  }

  /** Both. */
  public Vectors plus(Vectors other) {
    return new Vectors(bytes + other.bytes, slices + other.slices);
  }

  /** Bytes of so many slices. */
  double bytesOf(double count) {
    return slices == 0 ? 0 : bytes * count / slices;
  }
}
