/**
 * Tributary's own dataset format: WebDataset tars, one binary index per tar, one manifest.
 *
 * <p>{@link tributary.datasets.shard.Dataset} reads, {@link tributary.datasets.shard.ShardWriter}
 * writes, {@link tributary.datasets.shard.Manifest} says what there is. Called by the packages
 * {@code source} and {@code minibatch}, the worker and the driver. Depends on Hadoop's {@code
 * FileSystem} and Jackson; knows nothing of what the bytes of an example mean.
 */
package tributary.datasets.shard;
