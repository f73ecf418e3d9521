/**
 * Text that a language model goes on with: {@link tributary.worker.generate.Generator} reads and
 * tells token after token, {@link tributary.worker.generate.Sampler} draws each. Builds on engines
 * alone; called by the command {@code generate}, in the driver's process.
 */
package tributary.worker.generate;
