package tributary.driver.round;

/**
 * One slice of one replica's state, on its way to the task that averages the slice.
 *
 * @param replica whose it is
 * @param examples its weight: the examples that the replica trained
 * @param floats little-endian values
 */
@SuppressWarnings("ArrayRecordComponent") // raw bytes on their way; never compared
record SliceBlock(int replica, long examples, byte[] floats) implements SparkReplicas.Message {}
