package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.DROPOUT;
import static tributary.worker.model.ModelVariant.Option.WIDTH;

import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and &lt;0.5MB model
 * size", arXiv:1602.07360, table 1, without bypass: 1,248,424 parameters for 1000 classes.
 *
 * <p>{@code width} (96) is the number of the first convolution's channels, a multiple of 6; all
 * others follow. {@code dropout} (0.5) is that before the last convolution.
 */
final class SqueezeNet implements ZooModel.OfPhotos {
  private static final String NAME = "squeezenet";

  /** Squeezed channels of each fire module, in sixths of the width; 4 times as many expand each. */
  private static final List<Integer> SQUEEZED = List.of(1, 1, 2, 2, 3, 3, 4, 4);

  /** The modules that a pooling follows. */
  private static final Set<Integer> POOLED = Set.of(4, 8);

  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(WIDTH, DROPOUT);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    ImageGraph.requireSide(NAME, options.image(), 35);
    int unit = ImageGraph.width(NAME, options, 96, 6) / 6;
    ImageGraph graph = new ImageGraph(options);
    String last = graph.layer("conv1", ImageGraph.convolution(6 * unit, 7, 2, 0), ImageGraph.IMAGE);
    last = graph.layer("pool1", ImageGraph.largest(3, 2, 0), last);
    for (int fire = 2; fire < 2 + SQUEEZED.size(); fire++) {
      last = fire(graph, "fire" + fire, last, SQUEEZED.get(fire - 2) * unit);
      if (POOLED.contains(fire)) {
        last = graph.layer("pool" + fire, ImageGraph.largest(3, 2, 0), last);
      }
    }
    ConvolutionLayer classes =
        ImageGraph.convolution(options.classes(), 1, 1, 0, Activation.RELU)
            .dropOut(options.kept(0.5))
            .build();
    last = graph.layer("conv10", classes, last);
    last = graph.layer("pool10", ImageGraph.meanOfPixels(), last);
    graph.layer(
        "output",
        new LossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build(),
        last);
    return graph.build("output");
  }

  /** Section 3.2. */
  private static String fire(ImageGraph graph, String name, String from, int channels) {
    String squeeze =
        graph.layer(name + "/squeeze", ImageGraph.convolution(channels, 1, 1, 0), from);
    return graph.vertex(
        name,
        new MergeVertex(),
        graph.layer(name + "/expand1x1", ImageGraph.convolution(4 * channels, 1, 1, 0), squeeze),
        graph.layer(name + "/expand3x3", ImageGraph.convolution(4 * channels, 3, 1, 1), squeeze));
  }
}
