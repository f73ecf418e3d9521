package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.DROPOUT;
import static tributary.worker.model.ModelVariant.Option.WIDTH;

import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * Szegedy et al., "Going Deeper with Convolutions", arXiv:1409.4842, table 1, with the auxiliary
 * classifiers of section 5: 6,998,552 parameters for 1000 classes and for 224x224 images 6,379,728
 * more in these. They learn the same labels, their losses weigh 0.3, and evaluation reads the first
 * output only; the loss that training tells is the sum of all three.
 *
 * <p>{@code width} (64) is the number of the first convolution's channels, a multiple of 8; all
 * others follow. {@code dropout} (0.4) is that before the last layer; that of the auxiliary
 * classifiers is 0.7, or 0 where that is.
 */
final class GoogLeNet implements ZooModel.OfPhotos {
  private static final String NAME = "googlenet";

  private static final double AUXILIARY_WEIGHT = 0.3;
  private static final double AUXILIARY_DROPOUT = 0.7;

  /**
   * One row of table 1, in channels of a network 64 wide.
   *
   * @param ones of the 1x1 convolution
   * @param beforeThrees of the 1x1 before the 3x3 one
   * @param threes of the 3x3 one
   * @param beforeFives of the 1x1 before the 5x5 one
   * @param fives of the 5x5 one
   * @param pooled of the 1x1 after the pooling
   */
  private record Inception(
      String name,
      int ones,
      int beforeThrees,
      int threes,
      int beforeFives,
      int fives,
      int pooled) {}

  private static final List<Inception> TABLE =
      List.of(
          new Inception("3a", 64, 96, 128, 16, 32, 32),
          new Inception("3b", 128, 128, 192, 32, 96, 64),
          new Inception("4a", 192, 96, 208, 16, 48, 64),
          new Inception("4b", 160, 112, 224, 24, 64, 64),
          new Inception("4c", 128, 128, 256, 24, 64, 64),
          new Inception("4d", 112, 144, 288, 32, 64, 64),
          new Inception("4e", 256, 160, 320, 32, 128, 128),
          new Inception("5a", 256, 160, 320, 32, 128, 128),
          new Inception("5b", 384, 192, 384, 48, 128, 128));

  /** The modules that a pooling follows. */
  private static final Set<String> POOLED = Set.of("3b", "4e");

  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(WIDTH, DROPOUT);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    ImageGraph.requireSide(NAME, options.image(), 65);
    int eighth = ImageGraph.width(NAME, options, 64, 8) / 8;
    ImageGraph graph = new ImageGraph(options);
    String last = stem(graph, eighth);
    for (Inception module : TABLE) {
      last = inception(graph, module, last, eighth);
      if (POOLED.contains(module.name)) {
        last = graph.layer("pool" + module.name, ImageGraph.largest(3, 2, 1), last);
      }
    }
    graph.layer("pool", ImageGraph.meanOfPixels(), last);
    graph.layer("output", ImageGraph.softmax(options.classes(), options.kept(0.4)), "pool");
    return graph.build(
        "output",
        auxiliary(graph, "auxiliary1", "4a", options, eighth),
        auxiliary(graph, "auxiliary2", "4d", options, eighth));
  }

  private static String stem(ImageGraph graph, int eighth) {
    graph.layer("conv1", ImageGraph.convolution(8 * eighth, 7, 2, 3), ImageGraph.IMAGE);
    graph.layer("pool1", ImageGraph.largest(3, 2, 1), "conv1");
    graph.layer("norm1", ImageGraph.localResponse(), "pool1");
    graph.layer("reduce2", ImageGraph.convolution(8 * eighth, 1, 1, 0), "norm1");
    graph.layer("conv2", ImageGraph.convolution(24 * eighth, 3, 1, 1), "reduce2");
    graph.layer("norm2", ImageGraph.localResponse(), "conv2");
    return graph.layer("pool2", ImageGraph.largest(3, 2, 1), "norm2");
  }

  /** Figure 2b. */
  private static String inception(ImageGraph graph, Inception module, String from, int eighth) {
    String name = module.name;
    String ones = point(graph, name + "/1x1", module.ones, from, eighth);
    String reduced3 = point(graph, name + "/3x3/reduce", module.beforeThrees, from, eighth);
    String threes =
        graph.layer(
            name + "/3x3", ImageGraph.convolution(module.threes / 8 * eighth, 3, 1, 1), reduced3);
    String reduced5 = point(graph, name + "/5x5/reduce", module.beforeFives, from, eighth);
    String fives =
        graph.layer(
            name + "/5x5", ImageGraph.convolution(module.fives / 8 * eighth, 5, 1, 2), reduced5);
    String pool = graph.layer(name + "/pool", ImageGraph.largest(3, 1, 1), from);
    String pooled = point(graph, name + "/pool/1x1", module.pooled, pool, eighth);
    return graph.vertex(name, new MergeVertex(), ones, threes, fives, pooled);
  }

  private static String point(
      ImageGraph graph, String name, int channels, String from, int eighth) {
    return graph.layer(name, ImageGraph.convolution(channels / 8 * eighth, 1, 1, 0), from);
  }

  /** The list in section 5, of the layers that an auxiliary classifier has. */
  private static String auxiliary(
      ImageGraph graph, String name, String from, ModelOptions options, int eighth) {
    double kept = options.kept(0.4) == 0 ? 0 : 1 - AUXILIARY_DROPOUT;
    graph.layer(
        name + "/pool", ImageGraph.pooling(SubsamplingLayer.PoolingType.AVG, 5, 3, 0), from);
    graph.layer(name + "/conv", ImageGraph.convolution(16 * eighth, 1, 1, 0), name + "/pool");
    graph.layer(name + "/fc", ImageGraph.dense(128 * eighth, 0), name + "/conv");
    LossMCXENT loss = new LossMCXENT(Nd4j.valueArrayOf(1, options.classes(), AUXILIARY_WEIGHT));
    return graph.layer(name, ImageGraph.softmax(options.classes(), kept, loss), name + "/fc");
  }
}
