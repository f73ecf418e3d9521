package tributary.datasets.source;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Decides where the rows of a source go. Sent.
 *
 * @param source whose rows they are
 * @param settings of the packing
 * @param splits that there will be, in order
 */
public record Placer(ExampleSource source, PackSettings settings, List<String> splits)
    implements Serializable {
  static final String VALIDATION = "validation";

  /** For the rows of a source. */
  public static Placer of(ExampleSource source, PackSettings settings) {
    List<String> splits =
        source.parts().stream()
            .map(Part::split)
            .distinct()
            .collect(Collectors.toCollection(ArrayList::new));
    if (settings.validationShare() > 0 && !splits.contains(VALIDATION)) {
      splits.add(splits.indexOf(PackPlan.TRAIN) + 1, VALIDATION);
    }
    return new Placer(source, settings, List.copyOf(splits));
  }

  /** The split that a row goes to. */
  public String split(Row row) {
    String split = source.parts().get(row.part()).split();
    return split.equals(PackPlan.TRAIN) && isHeldOut(row) ? VALIDATION : split;
  }

  /** Where a row comes. */
  public Placement place(Row row) {
    long rank = source.isGrouped() ? row.hash() : 0;
    return new Placement(splits.indexOf(split(row)), rank, row.part(), row.number());
  }

  /** By the upper bits of its hash: the same rows whatever else is in the split. */
  private boolean isHeldOut(Row row) {
    return settings.validationShare() > 0
        && (row.hash() >>> 11) * 0x1p-53 < settings.validationShare();
  }
}
