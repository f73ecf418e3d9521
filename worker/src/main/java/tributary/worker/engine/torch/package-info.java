/**
 * The engine that runs a DL4J configuration on libtorch. {@link
 * tributary.worker.engine.torch.TorchCompiler} turns each layer into a {@link
 * tributary.worker.engine.torch.TorchLayer} through one table; parameters and gradients are views
 * of two flat buffers in DL4J's layout. What it can't run it refuses by name.
 */
package tributary.worker.engine.torch;
