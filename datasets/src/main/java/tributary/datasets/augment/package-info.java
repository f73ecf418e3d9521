/**
 * What becomes of a picture before a network sees it: which part is cut out, how large it is made,
 * and how its pixels are changed at random.
 *
 * <p>{@link tributary.datasets.augment.ImagePipeline} puts it together. Every random choice is
 * drawn from a generator that the caller seeds by run, epoch and example, so that work done twice
 * comes to the same pixels. Called by the package {@code minibatch}; made by the driver from
 * settings. Depends on the package {@code image} for pixels and on {@code shard} for shapes.
 */
package tributary.datasets.augment;
