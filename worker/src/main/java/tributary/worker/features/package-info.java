/**
 * Feature vectors of examples: the activations of a network's layers, by the input path of
 * evaluation. Called by tasks of the driver's {@code features}.
 */
package tributary.worker.features;
