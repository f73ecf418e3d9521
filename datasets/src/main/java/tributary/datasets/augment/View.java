package tributary.datasets.augment;

import tributary.datasets.image.Cut;

/**
 * One look at a picture.
 *
 * @param cut what is seen of it
 * @param mirrored whether left and right are exchanged
 */
public record View(Cut cut, boolean mirrored) {
  /** A look that is not mirrored. */
  static View of(Cut cut) {
    return new View(cut, false);
  }

  View mirror() {
    return new View(cut, !mirrored);
  }
}
