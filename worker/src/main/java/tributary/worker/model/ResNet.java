package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.STEM;
import static tributary.worker.model.ModelVariant.Option.WIDTH;

import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.nd4j.linalg.activations.Activation;
import tributary.datasets.shard.ImageShape;

/**
 * He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385, table 1. As usual
 * since, blocks of three convolutions have their stride in the second, and the last normalisation
 * of each block starts at zero, so that it begins as the identity: Goyal et al., arXiv:1706.02677,
 * section 5.1.
 *
 * <p>{@code width} (64) is the number of the first stage's channels, {@code stem} how it begins:
 * with a 7x7 convolution and a pooling, or, as section 4.2 for CIFAR-10 and by itself where images
 * are smaller than 64 pixels, with a 3x3 convolution.
 *
 * @param blocks of each of the four stages
 * @param expansion 4 for blocks of 1x1, 3x3 and 1x1 convolutions, the last with that many times the
 *     channels; 1 for blocks of two 3x3 ones
 */
record ResNet(List<Integer> blocks, int expansion) implements ZooModel.OfPhotos {
  static final ResNet RESNET18 = new ResNet(List.of(2, 2, 2, 2), 1);
  static final ResNet RESNET34 = new ResNet(List.of(3, 4, 6, 3), 1);
  static final ResNet RESNET50 = new ResNet(List.of(3, 4, 6, 3), 4);
  static final ResNet RESNET101 = new ResNet(List.of(3, 4, 23, 3), 4);
  static final ResNet RESNET152 = new ResNet(List.of(3, 8, 36, 3), 4);

  private static final int LARGE_IMAGE = 64;

  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(WIDTH, STEM);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    int width = options.variant().width().orElse(64);
    ImageGraph graph = new ImageGraph(options);
    String last = stem(graph, options, width);
    int channels = width;
    int given = width;
    for (int stage = 1; stage <= blocks.size(); stage++) {
      for (int i = 1; i <= blocks.get(stage - 1); i++) {
        int stride = stage > 1 && i == 1 ? 2 : 1;
        last = block(graph, "stage" + stage + "/block" + i, last, given, channels, stride);
        given = channels * expansion;
      }
      channels *= 2;
    }
    graph.layer("pool", ImageGraph.meanOfPixels(), last);
    graph.layer("output", ImageGraph.softmax(options.classes(), 0), "pool");
    return graph.build("output");
  }

  private static String stem(ImageGraph graph, ModelOptions options, int width) {
    if (isLarge(options)) {
      String last = normalized(graph, "stem", ImageGraph.IMAGE, width, 7, 2, 1);
      last = graph.layer("stem/relu", ImageGraph.rectifier(), last);
      return graph.layer("stem/pool", ImageGraph.largest(3, 2, 1), last);
    }
    String last = normalized(graph, "stem", ImageGraph.IMAGE, width, 3, 1, 1);
    return graph.layer("stem/relu", ImageGraph.rectifier(), last);
  }

  private static boolean isLarge(ModelOptions options) {
    ImageShape image = options.image();
    return switch (options.variant().stem()) {
      case IMAGENET -> true;
      case CIFAR -> false;
      case AUTO -> Math.min(image.height(), image.width()) >= LARGE_IMAGE;
    };
  }

  private String block(
      ImageGraph graph, String name, String from, int given, int channels, int stride) {
    String last =
        expansion == 1
            ? plain(graph, name, from, channels, stride)
            : bottleneck(graph, name, from, channels, stride);
    boolean sameShape = stride == 1 && given == channels * expansion;
    String shortcut =
        sameShape
            ? from
            : normalized(graph, name + "/shortcut", from, channels * expansion, 1, stride, 1);
    String sum =
        graph.vertex(
            name + "/sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), last, shortcut);
    return graph.layer(name, ImageGraph.rectifier(), sum);
  }

  private static String plain(
      ImageGraph graph, String name, String from, int channels, int stride) {
    String last = normalized(graph, name + "/1", from, channels, 3, stride, 1);
    last = graph.layer(name + "/1/relu", ImageGraph.rectifier(), last);
    return normalized(graph, name + "/2", last, channels, 3, 1, 0);
  }

  private String bottleneck(ImageGraph graph, String name, String from, int channels, int stride) {
    String last = normalized(graph, name + "/1", from, channels, 1, 1, 1);
    last = graph.layer(name + "/1/relu", ImageGraph.rectifier(), last);
    last = normalized(graph, name + "/2", last, channels, 3, stride, 1);
    last = graph.layer(name + "/2/relu", ImageGraph.rectifier(), last);
    return normalized(graph, name + "/3", last, channels * expansion, 1, 1, 0);
  }

  /**
   * A convolution without biases and its normalisation.
   *
   * @param gamma what the normalisation's scales start from
   */
  private static String normalized(
      ImageGraph graph,
      String name,
      String from,
      int channels,
      int kernel,
      int stride,
      double gamma) {
    graph.layer(
        name + "/conv",
        ImageGraph.convolution(channels, kernel, stride, kernel / 2, Activation.IDENTITY)
            .hasBias(false)
            .build(),
        from);
    return graph.layer(
        name + "/norm", new BatchNormalization.Builder().gamma(gamma).build(), name + "/conv");
  }
}
