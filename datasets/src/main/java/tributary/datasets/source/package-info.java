/**
 * Foreign formats in, shards out.
 *
 * <p>An {@link tributary.datasets.source.ExampleSource} is named on the driver; {@link
 * tributary.datasets.source.PackPlan} cuts it into shards; {@link
 * tributary.datasets.source.ShardPacker} writes one shard as a pure function, anywhere; the plan
 * then makes the manifest of them all. Called by the driver's pack command. Depends on the packages
 * {@code shard}, {@code image} and {@code text}.
 */
package tributary.datasets.source;
