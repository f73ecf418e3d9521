/**
 * A state's way to the replicas and back: vectors in slices on Spark's block managers, a shuffle of
 * raw floats, and their mean in replica order. Knows nothing of rounds, data or training.
 */
package tributary.driver.exchange;
