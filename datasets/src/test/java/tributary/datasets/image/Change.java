package tributary.datasets.image;

import tributary.datasets.testing.Mutant;

/**
 * A change to an encoded picture.
 *
 * @param mutant the picture as it is now
 * @param fate what must become of it
 */
record Change(Mutant mutant, Fate fate) {
  /** What must become of a changed picture. */
  enum Fate {
    /** It is decoded to the same pixels: nothing that matters changed. */
    SAME,
    /** It is refused. */
    REFUSED,
    /** Either of both. */
    SAME_OR_REFUSED,
    /** It is refused, or is as whole as another decoder can tell. */
    WHOLE
  }
}
