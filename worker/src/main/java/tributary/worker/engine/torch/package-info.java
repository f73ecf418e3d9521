/**
 * The engine that runs a DL4J configuration on libtorch. {@link
 * tributary.worker.engine.torch.TorchCompiler} turns a configuration into a {@link
 * tributary.worker.engine.torch.TorchGraph}, looking each layer up in {@link
 * tributary.worker.engine.torch.LayerTable} and each other vertex in {@link
 * tributary.worker.engine.torch.VertexTable}; parameters and gradients are views of two flat
 * buffers in DL4J's layout. What it can't run it refuses by name.
 */
package tributary.worker.engine.torch;
