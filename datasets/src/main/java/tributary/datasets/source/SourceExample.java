package tributary.datasets.source;

import tributary.datasets.shard.Example;

/**
 * One example of a source.
 *
 * @param example key and files
 * @param label class index, {@code 0..classes-1}
 */
public record SourceExample(Example example, int label) {}
