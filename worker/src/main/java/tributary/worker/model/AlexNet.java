package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.DROPOUT;
import static tributary.worker.model.ModelVariant.Option.WIDTH;

import java.util.Set;
import org.deeplearning4j.nn.conf.graph.MergeVertex;

/**
 * Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", NIPS 2012,
 * section 3, as published: two towers, which meet at the third convolution and at the dense layers,
 * and response normalisation. 60,965,224 parameters for 224x224 images of 1000 classes. Two pixels
 * of padding before the first convolution give its 55x55 outputs.
 *
 * <p>{@code width} (96) is the number of the first convolution's channels, a multiple of 6, {@code
 * dropout} (0.5) that between the dense layers.
 */
final class AlexNet implements ZooModel.OfPhotos {
  private static final String NAME = "alexnet";

  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(WIDTH, DROPOUT);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    ImageGraph.requireSide(NAME, options.image(), 63);
    int unit = ImageGraph.width(NAME, options, 96, 6) / 6;
    double kept = options.kept(0.5);
    ImageGraph graph = new ImageGraph(options);
    graph.layer("conv1", ImageGraph.convolution(6 * unit, 11, 4, 2), ImageGraph.IMAGE);
    graph.layer("norm1", ImageGraph.localResponse(), "conv1");
    graph.layer("pool1", ImageGraph.largest(3, 2, 0), "norm1");
    for (int tower = 0; tower < 2; tower++) {
      String half = half(graph, "pool1", tower, 3 * unit);
      graph.layer("conv2" + suffix(tower), ImageGraph.convolution(8 * unit, 5, 1, 2), half);
    }
    graph.vertex("conv2", new MergeVertex(), "conv2a", "conv2b");
    graph.layer("norm2", ImageGraph.localResponse(), "conv2");
    graph.layer("pool2", ImageGraph.largest(3, 2, 0), "norm2");
    graph.layer("conv3", ImageGraph.convolution(24 * unit, 3, 1, 1), "pool2");
    for (int tower = 0; tower < 2; tower++) {
      String half = half(graph, "conv3", tower, 12 * unit);
      graph.layer("conv4" + suffix(tower), ImageGraph.convolution(12 * unit, 3, 1, 1), half);
      graph.layer(
          "conv5" + suffix(tower),
          ImageGraph.convolution(8 * unit, 3, 1, 1),
          "conv4" + suffix(tower));
    }
    graph.vertex("conv5", new MergeVertex(), "conv5a", "conv5b");
    graph.layer("pool5", ImageGraph.largest(3, 2, 0), "conv5");
    graph.layer("fc6", ImageGraph.dense(256 * unit, 0), "pool5");
    graph.layer("fc7", ImageGraph.dense(256 * unit, kept), "fc6");
    graph.layer("output", ImageGraph.softmax(options.classes(), kept), "fc7");
    return graph.build("output");
  }

  /** One tower's half of the channels. */
  private static String half(ImageGraph graph, String from, int tower, int channels) {
    return graph.channels(from + suffix(tower), tower * channels, channels, from);
  }

  private static String suffix(int tower) {
    return tower == 0 ? "a" : "b";
  }
}
