/**
 * The way in for users of DL4J on Spark: a training master of theirs that trains by our rounds. At
 * the edge: nothing else depends on it, and the job jar does not carry DL4J's Spark module.
 */
package tributary.driver.dl4j;
