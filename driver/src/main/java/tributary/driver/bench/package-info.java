/** What a cluster does without training: rounds on real executor processes, timed and counted. */
package tributary.driver.bench;
