/**
 * The algorithm: rounds of local training and averaging. {@link tributary.driver.round.RoundLoop}
 * knows neither Spark nor files; {@link tributary.driver.round.SparkReplicas} runs one Spark job a
 * round; everything periodic is a {@link tributary.driver.round.RoundListener}.
 */
package tributary.driver.round;
