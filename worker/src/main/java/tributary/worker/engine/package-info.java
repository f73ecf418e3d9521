/**
 * What runs a network: the {@link tributary.worker.engine.Engine} of a process and its {@link
 * tributary.worker.engine.Replica}s. One package below per engine; callers see flat states and NCHW
 * minibatches only.
 */
package tributary.worker.engine;
