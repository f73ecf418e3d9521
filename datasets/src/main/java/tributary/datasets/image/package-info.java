/**
 * Pictures: checked before any native code sees them, decoded to planes of bytes, encoded to PNG.
 *
 * <p>{@link tributary.datasets.image.ImageDecoder} is the one way in. Called by the packages {@code
 * source} and {@code minibatch}. Depends on OpenCV through JavaCPP; knows no shards and no labels.
 */
package tributary.datasets.image;
