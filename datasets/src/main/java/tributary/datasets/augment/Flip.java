package tributary.datasets.augment;

/** Which pictures are mirrored. */
public enum Flip {
  /** None. */
  NONE,
  /** Every second one, drawn at random: left and right are exchanged. */
  HORIZONTAL
}
