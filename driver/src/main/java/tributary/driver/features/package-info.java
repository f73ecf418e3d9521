/**
 * Tables of feature vectors: extracted into Parquet, one file for each shard; a linear classifier
 * fitted on them; and searched for neighbours. Called by commands, and from Java through {@link
 * tributary.driver.features.Extraction}, {@link tributary.driver.features.FeatureTable}, {@link
 * tributary.driver.features.LinearProbe} and {@link tributary.driver.features.Neighbours}.
 */
package tributary.driver.features;
