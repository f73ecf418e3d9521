/** The driver: commands, configuration, rounds on Spark, checkpoints and reports. */
package tributary.driver;
