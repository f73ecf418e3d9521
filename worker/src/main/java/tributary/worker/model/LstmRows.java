package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.DEPTH;
import static tributary.worker.model.ModelVariant.Option.DROPOUT;
import static tributary.worker.model.ModelVariant.Option.WIDTH;

import java.util.Set;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ReshapeVertex;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import tributary.datasets.shard.ImageShape;

/**
 * An image read row by row, from the top, by LSTMs, the last of which tells the class from its last
 * state: the task of Le et al., "A Simple Way to Initialize Recurrent Networks of Rectified Linear
 * Units", arXiv:1504.00941, section 4.2, who read pixel by pixel.
 *
 * <p>{@code width} (128) is the number of units of each layer, {@code depth} (2) the number of
 * layers, {@code dropout} (0) is before all layers but the first.
 */
final class LstmRows implements ZooModel.OfDigits {
  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(WIDTH, DEPTH, DROPOUT);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    int width = options.variant().width().orElse(128);
    int depth = options.variant().depth().orElse(2);
    double kept = options.kept(0);
    ImageGraph graph = new ImageGraph(options);
    String last = rows(graph, options.image());
    for (int i = 1; i <= depth; i++) {
      String name = "lstm" + i;
      LSTM layer = RecurrentParts.lstm(name, width, i == 1 ? 0 : kept);
      last = graph.layer(name, i < depth ? layer : new LastTimeStep(layer), last);
    }
    graph.layer("output", ImageGraph.softmax(options.classes(), kept), last);
    return graph.build("output");
  }

  /**
   * One line of values for each row of each image, the first rows of all images before the second
   * ones, as DL4J keeps sequences where they are not sequences; channels side by side.
   */
  private static String rows(ImageGraph graph, ImageShape image) {
    String[] channels =
        IntStream.range(0, image.channels())
            .mapToObj(channel -> channel(graph, image, channel))
            .toArray(String[]::new);
    return channels.length == 1 ? channels[0] : graph.vertex("rows", new MergeVertex(), channels);
  }

  private static String channel(ImageGraph graph, ImageShape image, int channel) {
    String from =
        image.channels() == 1
            ? ImageGraph.IMAGE
            : graph.channels("channel" + channel, channel, 1, ImageGraph.IMAGE);
    return graph.vertex(
        "rows" + channel, new ReshapeVertex('f', new int[] {-1, image.width()}, null), from);
  }
}
