/**
 * What a cluster would come to, found out on one machine: the accuracy of many replicas by training
 * them in waves, and the wall time of an epoch by calculation. Driver only.
 */
package tributary.driver.simulate;
