package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Map;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;

/** The vertices without a layer that this engine runs; adding a vertex is adding a row. */
final class VertexTable {
  private static final Map<Class<? extends GraphVertex>, Row> ROWS =
      Map.ofEntries(entry(MergeVertex.class, VertexTable::merge));

  private VertexTable() {}

  /** How one kind of vertex is compiled. */
  private interface Row {
    TorchVertex compile(GraphVertex vertex, Site site);
  }

  /** The vertex at a site; a refusal if this engine can't run it. */
  static TorchVertex compile(GraphVertex vertex, Site site) {
    Row row = ROWS.get(vertex.getClass());
    site.require(row != null, "such vertex");
    return row.compile(vertex, site);
  }

  private static TorchVertex merge(GraphVertex vertex, Site site) {
    return (inputs, pass) -> {
      TensorVector all = new TensorVector();
      inputs.forEach(input -> all.push_back(input.values()));
      return new Masked(torch.cat(all, 1), inputs.get(0).mask());
    };
  }
}
