package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static tributary.worker.engine.torch.VertexGraphs.assertAgree;
import static tributary.worker.engine.torch.VertexGraphs.data;
import static tributary.worker.engine.torch.VertexGraphs.dense;
import static tributary.worker.engine.torch.VertexGraphs.end;
import static tributary.worker.engine.torch.VertexGraphs.graph;
import static tributary.worker.engine.torch.VertexGraphs.layer;
import static tributary.worker.engine.torch.VertexGraphs.output;
import static tributary.worker.engine.torch.VertexGraphs.pair;
import static tributary.worker.engine.torch.VertexGraphs.steps;
import static tributary.worker.engine.torch.VertexGraphs.withInputs;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.graph.StackVertex;
import org.deeplearning4j.nn.conf.graph.UnstackVertex;
import org.deeplearning4j.nn.conf.graph.rnn.DuplicateToTimeSeriesVertex;
import org.deeplearning4j.nn.conf.graph.rnn.LastTimeStepVertex;
import org.deeplearning4j.nn.conf.graph.rnn.ReverseTimeSeriesVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;
import tributary.worker.engine.torch.VertexGraphs.Kind;
import tributary.worker.engine.torch.VertexGraphs.Masks;

/** DL4J is the oracle; sequences have masks. */
class VerticesOfSequencesTest {
  @Test
  void mergesMasksAsDl4jDoes() {
    for (Masks masks : new Masks[] {Masks.FIRST, Masks.ALL}) {
      GraphBuilder graph =
          pair(Kind.SEQUENCES, new MergeVertex())
              .addLayer("z rows", dense(5), "v")
              .addVertex("z", steps(), "z rows")
              .addVertex("last", new LastTimeStepVertex("b"), "z");
      assertAgree(
          graph.addLayer("out", output(), "last"), data(masks, Kind.SEQUENCES, Kind.SEQUENCES));
    }
  }

  @Test
  void stacksSequencesOfOtherLengthsAsDl4jDoes() {
    for (Masks masks : new Masks[] {Masks.NONE, Masks.ALL}) {
      GraphBuilder graph = withInputs("a", "b");
      graph.setInputTypes(InputType.recurrent(4), InputType.recurrent(4));
      layer(layer(graph, Kind.SEQUENCES, "x", "a"), Kind.SEQUENCES, "y", "b");
      graph
          .addVertex("stack", new StackVertex(), "x", "y")
          .addVertex("second", new UnstackVertex(1, 2), "stack");
      layer(graph, Kind.SEQUENCES, "z", "second");
      graph.addVertex("v", new ReverseTimeSeriesVertex(), "z");
      assertAgree(end(graph, Kind.SEQUENCES), data(masks, new int[] {4, 5}, new int[] {4, 3}));
    }
  }

  @Test
  void repeatsTheLastStepBackwardsAsDl4jDoes() {
    for (Masks masked : Masks.values()) {
      assertAgree(
          graph(Kind.SEQUENCES, Kind.SEQUENCES)
              .addLayer("x rows", dense(5), "a")
              .addVertex("x", steps(), "x rows")
              .addVertex("last", new LastTimeStepVertex("a"), "x")
              .addVertex("repeated", new DuplicateToTimeSeriesVertex("b"), "last")
              .addVertex("merged", new MergeVertex(), "repeated", "b")
              .addVertex("reversed", new ReverseTimeSeriesVertex("b"), "merged")
              .addLayer("y rows", dense(5), "reversed")
              .addVertex("y", steps(), "y rows")
              .addVertex("y reversed", new ReverseTimeSeriesVertex(), "y")
              .addVertex("y last", new LastTimeStepVertex("b"), "y reversed")
              .addLayer("out", output(), "y last"),
          data(masked, Kind.SEQUENCES, Kind.SEQUENCES));
    }
  }

  @Test
  void keepsWhatIsUnderAFrozenVertexFromLearningThroughItAsDl4jDoes() {
    assertAgree(
        graph(Kind.SEQUENCES)
            .addLayer("x rows", dense(5), "a")
            .addVertex("x", steps(), "x rows")
            .addVertex("frozen", new FrozenVertex(new LastTimeStepVertex("a")), "x")
            .addVertex("last", new LastTimeStepVertex("a"), "x")
            .addLayer("out", output(), "frozen", "last"),
        data(Masks.ALL, Kind.SEQUENCES));
  }

  @Test
  void takesMasksAlongWhenReshapingAsDl4jDoes() {
    GraphBuilder graph = layer(graph(Kind.SEQUENCES), Kind.SEQUENCES, "x", "a");
    graph
        .addVertex("same", new ReshapeVertex(-1, 5, 5), "x")
        .addVertex("halves", new ReshapeVertex('c', new int[] {-1, 25}, new int[] {-1, 1}), "same")
        .addVertex("again", new ReshapeVertex(-1, 5, 5), "halves");
    layer(graph, Kind.SEQUENCES, "y", "again");
    assertAgree(
        graph.addVertex("last", new LastTimeStepVertex("a"), "y").addLayer("out", output(), "last"),
        data(Masks.ALL, Kind.SEQUENCES));
  }

  /** DL4J reads a step beyond the last one here, and writes it into the padding. */
  @Test
  @SuppressWarnings("try") // scopes are held, not used
  void reversesWhatHasPaddingOnBothSides() {
    TorchRuntime.load();
    try (PointerScope scope = new PointerScope()) {
      Masked sequences =
          masked(new float[] {9, 1, 9, 2, 3, 9, 9, 9, 9, 9}, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0);
      Masked reversed = VerticesOfSequences.reverse(List.of(sequences, sequences), null);
      assertThat(Parity.floats(reversed.values())).containsExactly(0, 3, 0, 2, 1, 0, 0, 0, 0, 0);
    }
  }

  /** DL4J fails here. */
  @Test
  @SuppressWarnings("try") // scopes are held, not used
  void countsAllOfAStacksPartThatHasNoMask() {
    TorchRuntime.load();
    try (PointerScope scope = new PointerScope()) {
      Masked sequences = masked(new float[] {1, 2}, 1, 0);
      Masked stack = Vertices.stack(List.of(Masked.all(sequences.values()), sequences), null);
      assertThat(Parity.floats(stack.mask())).containsExactly(1, 1, 1, 0);
    }
  }

  /** Sequences of one channel and five or fewer steps. */
  private static Masked masked(float[] values, float... mask) {
    long steps = Math.min(values.length, 5);
    return new Masked(
        Parity.tensor(Nd4j.createFromArray(values).reshape(-1, 1, steps)),
        Parity.tensor(Nd4j.createFromArray(mask).reshape(-1, steps)));
  }
}
