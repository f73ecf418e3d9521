package tributary.driver.exchange;

import java.io.Serializable;

/**
 * The mean of a slice. Sent.
 *
 * @param mean as its vector has it
 * @param left what rounding has left of it; null if nothing is rounded
 */
@SuppressWarnings("ArrayRecordComponent") // raw values on their way; never compared
record SliceMean(byte[] mean, byte[] left) implements Serializable {}
