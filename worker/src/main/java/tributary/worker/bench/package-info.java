/**
 * Measures what engines do on this machine. {@link tributary.worker.bench.StepBenchmark} trains the
 * same network on several engines in turn; {@link tributary.worker.bench.BenchModel} names the
 * networks. Called by the command {@code bench}.
 */
package tributary.worker.bench;
