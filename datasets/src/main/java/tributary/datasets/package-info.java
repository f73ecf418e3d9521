/**
 * What every package of the dataset module leans on: argument checks, seeds, storage access, the
 * guard around native libraries, and the root of the data errors.
 *
 * <p>The data flows {@code source} (foreign formats) to {@code shard} (tars, index, manifest) to
 * {@code minibatch} (order, decoding, arrays). {@code image} holds the codecs, {@code text} the
 * vocabularies. Called by the worker and the driver. Depends on Hadoop's client and JavaCPP; never
 * on Spark, nor on the packages below.
 */
package tributary.datasets;
