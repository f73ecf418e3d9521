package tributary.datasets.source;

import java.io.Serializable;

/**
 * An example that was left out. Sent.
 *
 * @param split that it would have gone to
 * @param file that it lies in
 * @param name by which people know it; null if it has none
 * @param offset byte of the file where it starts
 * @param reason why it cannot be used
 */
public record BadRow(String split, String file, String name, long offset, String reason)
    implements Serializable {
  /** In words: what, where and why. */
  public String describe() {
    return (name == null ? "" : name + " ") + "at byte " + offset + " of " + file + ": " + reason;
  }
}
