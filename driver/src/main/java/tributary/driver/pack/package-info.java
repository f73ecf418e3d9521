/** Packing as a Spark job: one task a shard, the manifest last. */
package tributary.driver.pack;
