/** What every Spark job here shares: the context, and outcomes that no retry would change. */
package tributary.driver.spark;
