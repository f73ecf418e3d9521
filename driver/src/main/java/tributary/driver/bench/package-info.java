/**
 * What there is besides training: rounds on real executor processes, timed and counted, and input
 * by stage.
 */
package tributary.driver.bench;
