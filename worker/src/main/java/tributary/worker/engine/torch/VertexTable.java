package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.deeplearning4j.nn.conf.graph.AttentionVertex;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.L2NormalizeVertex;
import org.deeplearning4j.nn.conf.graph.L2Vertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.PoolHelperVertex;
import org.deeplearning4j.nn.conf.graph.PreprocessorVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.ShiftVertex;
import org.deeplearning4j.nn.conf.graph.StackVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.conf.graph.UnstackVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;

/** The vertices without a layer that this engine runs; adding a vertex is adding a row. */
final class VertexTable {
  private static final Map<Class<? extends GraphVertex>, Row> ROWS =
      Map.ofEntries(
          row(MergeVertex.class, (vertex, site) -> Vertices.merge(vertex.getMergeAxis())),
          row(ElementWiseVertex.class, (vertex, site) -> Vertices.elementWise(vertex.getOp())),
          row(SubsetVertex.class, (v, site) -> Vertices.subset(v.getFrom(), v.getTo())),
          row(StackVertex.class, (vertex, site) -> Vertices::stack),
          row(UnstackVertex.class, (v, site) -> Vertices.unstack(v.getFrom(), v.getStackSize())),
          row(ScaleVertex.class, (vertex, site) -> Vertices.scale(vertex.getScaleFactor())),
          row(ShiftVertex.class, (vertex, site) -> Vertices.shift(vertex.getShiftFactor())),
          row(L2Vertex.class, (vertex, site) -> Vertices::distance),
          row(L2NormalizeVertex.class, (vertex, site) -> Vertices.normalize(vertex)),
          row(ReshapeVertex.class, (vertex, site) -> VerticesOfShape.reshape(vertex)),
          row(PoolHelperVertex.class, (vertex, site) -> VerticesOfShape.withoutFirstRowAndColumn()),
          row(PreprocessorVertex.class, VertexTable::preprocessor),
          row(FrozenVertex.class, VertexTable::frozen),
          row(LastTimeStepVertex.class, (vertex, site) -> VerticesOfSequences::lastStep),
          row(DuplicateToTimeSeriesVertex.class, (vertex, site) -> VerticesOfSequences::duplicate),
          row(ReverseTimeSeriesVertex.class, (vertex, site) -> VerticesOfSequences::reverse),
          row(AttentionVertex.class, Attention::vertex));

  /** The names of network inputs that vertices look at. */
  private static final Map<Class<? extends GraphVertex>, Function<GraphVertex, String>> LOOKS_AT =
      Map.of(
          LastTimeStepVertex.class,
          vertex -> ((LastTimeStepVertex) vertex).getMaskArrayInputName(),
          DuplicateToTimeSeriesVertex.class,
          vertex -> ((DuplicateToTimeSeriesVertex) vertex).getInputName(),
          ReverseTimeSeriesVertex.class,
          vertex -> ((ReverseTimeSeriesVertex) vertex).getMaskArrayInputName(),
          FrozenVertex.class,
          vertex -> networkInput(((FrozenVertex) vertex).getUnderlying()).orElse(null));

  private VertexTable() {}

  /** How one kind of vertex is compiled. */
  @FunctionalInterface
  private interface Row {
    TorchVertex compile(GraphVertex vertex, Site site);
  }

  /** How one kind of vertex is compiled, which is known. */
  @FunctionalInterface
  private interface Compiler<V extends GraphVertex> {
    TorchVertex compile(V vertex, Site site);
  }

  /** The vertex at a site; a refusal if this engine can't run it. */
  static TorchVertex compile(GraphVertex vertex, Site site) {
    Row row = ROWS.get(vertex.getClass());
    site.require(row != null, "such vertex");
    return row.compile(vertex, site);
  }

  /** The network input that a vertex looks at beside what it reads; its value comes last. */
  static Optional<String> networkInput(GraphVertex vertex) {
    return Optional.ofNullable(LOOKS_AT.get(vertex.getClass())).map(name -> name.apply(vertex));
  }

  /** The vertices that this engine runs. */
  static Set<Class<? extends GraphVertex>> known() {
    return ROWS.keySet();
  }

  private static <V extends GraphVertex> Entry<Class<? extends GraphVertex>, Row> row(
      Class<V> type, Compiler<V> compiler) {
    return entry(type, (vertex, site) -> compiler.compile(type.cast(vertex), site));
  }

  private static TorchVertex preprocessor(PreprocessorVertex vertex, Site site) {
    return TorchVertex.of(Preprocessors.of(vertex.getPreProcessor(), site));
  }

  /** Nothing under a frozen vertex learns from what is over it. */
  private static TorchVertex frozen(FrozenVertex vertex, Site site) {
    TorchVertex inner = compile(vertex.getUnderlying(), site.asFrozen());
    return (inputs, pass) -> {
      Masked value = inner.forward(inputs, pass);
      return value.with(value.values().detach());
    };
  }
}
