/**
 * What lives once per executor process: the open dataset, the engine and the replicas that wait for
 * the next round. All of it is cache: losing it costs time, never a result.
 */
package tributary.worker.executor;
