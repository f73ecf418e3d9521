/**
 * Text as numbers: vocabularies learned from counts, sequences padded and masked, and the orders in
 * which sequences of any length are dealt to replicas.
 *
 * <p>Called by the package {@code source}, which counts and learns, and by training. Depends on the
 * package {@code shard}, whose manifest keeps what was learned.
 */
package tributary.datasets.text;
