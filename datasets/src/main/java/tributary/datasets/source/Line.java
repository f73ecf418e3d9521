package tributary.datasets.source;

/**
 * A line of a file as its bytes lie there.
 *
 * @param offset byte of the unpacked file where it starts
 * @param length of it in bytes, with its line feed
 * @param bytes of it, without line feed and carriage return; null if it is longer than allowed, or
 *     what was to be read with it is
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Line(long offset, long length, byte[] bytes) {
  /** Whether it was too long to be held in memory. */
  boolean isTooLong() {
    return bytes == null;
  }

  /** Whether it holds nothing but blanks. */
  boolean isBlank() {
    if (isTooLong()) {
      return false;
    }
    for (byte value : bytes) {
      if (value != ' ' && value != '\t' && value != '\r') {
        return false;
      }
    }
    return true;
  }
}
