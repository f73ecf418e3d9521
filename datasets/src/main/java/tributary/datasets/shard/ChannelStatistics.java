package tributary.datasets.shard;

import java.io.Serializable;
import java.util.List;
import tributary.datasets.Checks;

/**
 * Mean and standard deviation of the pixels, per channel, with pixels scaled to [0, 1].
 *
 * @param mean per channel, in [0, 1]
 * @param std population standard deviation per channel, in [0, 0.5]
 */
public record ChannelStatistics(List<Double> mean, List<Double> std) implements Serializable {
  /** Refuses values that do not fit the description above. */
  public ChannelStatistics {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    Checks.argument(
        mean.size() == std.size(),
        "statistics have %d means and %d standard deviations",
        mean.size(),
        std.size());
    for (double value : mean) {
      Checks.argument(value >= 0 && value <= 1, "channel mean must be in [0, 1], got %s", value);
    }
    for (double value : std) {
      Checks.argument(value >= 0 && value <= 0.5, "channel std must be in [0, 0.5], got %s", value);
    }
  }
}
