package tributary.datasets.source;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;
import tributary.datasets.Sha256;

/**
 * An example as a source lists it: where its bytes lie, not the bytes. Sent.
 *
 * @param part position of its part in {@link ExampleSource#parts}
 * @param number in its part, from 0
 * @param name by which people know it, unique in its source: a path below the source's folder; null
 *     for formats without names
 * @param className its class; null if it has none, or it cannot be told before the example is read
 * @param offset byte of the part's file where it starts
 * @param bytes of it in that file
 */
public record Row(int part, long number, String name, String className, long offset, long bytes)
    implements Serializable {
  /** Refuses values that do not fit the description above. */
  public Row {
    Checks.argument(
        part >= 0 && number >= 0 && offset >= 0 && bytes >= 0,
        "row %d of part %d has %d bytes at byte %d",
        number,
        part,
        bytes,
        offset);
  }

  /** The same row at the place that its source has it. */
  public Row at(int newPart, long newNumber) {
    return new Row(newPart, newNumber, name, className, offset, bytes);
  }

  /**
   * A number that follows from the name alone, or from the place if there is no name: evenly
   * spread, and the same wherever the source lies and whatever else is in it.
   */
  public long hash() {
    if (name == null) {
      return Seeds.mix(part, number);
    }
    byte[] digest = Sha256.digest().digest(name.getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(digest).getLong();
  }
}
