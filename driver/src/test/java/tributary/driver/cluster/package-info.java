/**
 * The commands as a user runs them: real processes of Spark and of {@code deploy/tributary}, each
 * with a deadline and a kept log. Called by the integration tests, which need the packed job jar.
 */
package tributary.driver.cluster;
