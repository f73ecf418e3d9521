package tributary.datasets.source;

/** A record cannot be used; says why, and in which of its lines. */
final class BadRecordException extends Exception {
  private static final long serialVersionUID = 1;

  private final int line;

  /**
   * What is wrong.
   *
   * @param line of the record, from 0
   */
  BadRecordException(int line, String reason) {
    super(reason);
    this.line = line;
  }

  /** Line of the record, from 0. */
  int line() {
    return line;
  }
}
