/** The engine that is DL4J itself: its kernels, its updaters; the oracle of every other engine. */
package tributary.worker.engine.nd4j;
