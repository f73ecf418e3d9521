/**
 * What is trained: DL4J network configurations, where they come from (the zoo or a file), and the
 * flat state that replicas exchange. Engines and the driver build on it; it knows neither.
 */
package tributary.worker.model;
