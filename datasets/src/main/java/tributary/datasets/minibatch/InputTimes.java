package tributary.datasets.minibatch;

/**
 * Where the time of loading minibatches went, summed over the threads that loaded.
 *
 * @param readNanos fetching encoded examples from their shards
 * @param decodeNanos checking, decoding, cutting and scaling
 * @param augmentNanos mirroring, changing, normalizing and mixing pixels
 * @param assembleNanos making minibatches of them
 */
public record InputTimes(long readNanos, long decodeNanos, long augmentNanos, long assembleNanos) {
  /** The share that went to reading; 0..1, and 0 before anything was read. */
  double readShare() {
    double all = (double) readNanos + decodeNanos + augmentNanos;
    return all == 0 ? 0 : readNanos / all;
  }
}
