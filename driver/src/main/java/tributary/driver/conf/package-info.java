/**
 * The strict configuration: one table of keys, one file of defaults, all problems reported at once.
 * Driver only; executors get plans and jobs, never settings.
 */
package tributary.driver.conf;
