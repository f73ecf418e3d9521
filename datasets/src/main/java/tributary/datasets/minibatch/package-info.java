/**
 * From a packed dataset to the arrays of an optimizer step: which examples, in which order,
 * decoded, normalized and put together ahead of time.
 *
 * <p>{@link tributary.datasets.minibatch.SampleOrder} deals example numbers, {@link
 * tributary.datasets.minibatch.MinibatchReader} turns numbers into minibatches. Called by the
 * driver (order) and the worker (reader). Depends on the packages {@code shard}, {@code image} and
 * {@code augment}.
 */
package tributary.datasets.minibatch;
