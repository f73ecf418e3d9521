package tributary.driver.simulate;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tributary.datasets.Checks;

/**
 * The network between machines: every one has a full-duplex port to a switch that never congests.
 *
 * @param bytesPerSecond of a port, in each direction; &gt; 0, may be infinite
 * @param latencySeconds one way, from process to process; &gt;= 0
 */
public record Link(double bytesPerSecond, double latencySeconds) {
  private static final Pattern BANDWIDTH =
      Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)([kMGT]?)bit(?:/s)?");

  private static final Map<String, Double> PREFIXES =
      Map.of("", 1.0, "k", 1e3, "M", 1e6, "G", 1e9, "T", 1e12);

  /** Checks the ranges. */
  public Link {
    Checks.argument(bytesPerSecond > 0, "bandwidth must be > 0, got %s bytes/s", bytesPerSecond);
    Checks.argument(
        latencySeconds >= 0 && Double.isFinite(latencySeconds),
        "latency must be >= 0 seconds, got %s",
        latencySeconds);
  }

  /**
   * A link whose bandwidth is written as network people write it.
   *
   * @param bandwidth bits a second with a decimal prefix, such as {@code 10Gbit} or {@code
   *     2.5Gbit/s}
   */
  public static Link of(String bandwidth, double latencySeconds) {
    Matcher matcher = BANDWIDTH.matcher(bandwidth);
    Checks.argument(
        matcher.matches(),
        "bandwidth: expected bits a second such as 10Gbit or 100Mbit, found %s",
        bandwidth);
    double bits = Double.parseDouble(matcher.group(1)) * PREFIXES.get(matcher.group(2));
    return new Link(bits / Byte.SIZE, latencySeconds);
  }

  /** How long a port takes to send or to receive so many bytes. */
  double seconds(double bytes) {
    return bytes / bytesPerSecond;
  }
}
