package tributary.driver.pack;

import java.io.Serializable;
import tributary.datasets.source.Row;

/**
 * An example on its way to its shard. Sent.
 *
 * @param row what is known of it
 * @param content its bytes; null if they are where the row says
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never shared
record Loaded(Row row, byte[] content) implements Serializable {}
