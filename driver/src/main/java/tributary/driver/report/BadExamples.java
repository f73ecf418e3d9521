package tributary.driver.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.Manifest;

/** The distinct bad examples that a dataset was found to have, and whether they are too many. */
public final class BadExamples {
  /** How many an error tells. */
  private static final int TOLD = 20;

  private final Manifest manifest;
  private final double maxFraction;

  /** In the order in which they were found. */
  private final Map<Place, BadExample> known = new LinkedHashMap<>();

  /**
   * None so far.
   *
   * @param manifest of the dataset
   * @param maxFraction of each split's examples that may be bad, in [0, 1]
   */
  public BadExamples(Manifest manifest, double maxFraction) {
    this.manifest = manifest;
    this.maxFraction = maxFraction;
  }

  /**
   * Takes in bad examples.
   *
   * @param found in any order; one may have been found before
   * @return the new ones, by split and number
   */
  public List<BadExample> add(List<BadExample> found) {
    List<BadExample> sorted = new ArrayList<>(found);
    sorted.sort(Comparator.comparing(BadExample::split).thenComparingLong(BadExample::number));
    return sorted.stream().filter(bad -> known.putIfAbsent(Place.of(bad), bad) == null).toList();
  }

  /** How many there are. */
  public int count() {
    return known.size();
  }

  /**
   * Passes if no more examples of any split are bad than may be.
   *
   * @throws DataException with the reasons of the first
   */
  public void requireFew() throws DataException {
    for (String split : manifest.splits().keySet()) {
      List<BadExample> bad =
          known.values().stream().filter(example -> example.split().equals(split)).toList();
      // Packing has left out those of numbers below 0, so that the manifest does not count them.
      long leftOut = bad.stream().filter(example -> example.number() < 0).count();
      long all = manifest.examples(split) + leftOut;
      if (bad.size() > maxFraction * all) {
        throw new DataException(
            Checks.format(
                "At least %d of the %d examples of split %s are bad, more than the share of %s that"
                    + " may be; pack the data without them, or raise input.max-bad-fraction and go"
                    + " on with the same command (train: with --resume):%n%s",
                bad.size(),
                all,
                split,
                maxFraction,
                bad.stream()
                    .limit(TOLD)
                    .map(example -> "  " + example.describe())
                    .collect(Collectors.joining(System.lineSeparator()))));
      }
    }
  }

  /** By which an example is known again; its reason may change with the part that is looked at. */
  private record Place(String split, long number) {
    static Place of(BadExample bad) {
      return new Place(bad.split(), bad.number());
    }
  }
}
