package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.DROPOUT;
import static tributary.worker.model.ModelVariant.Option.WIDTH;

import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration.ListBuilder;
import org.deeplearning4j.nn.conf.layers.Layer;

/**
 * Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
 * arXiv:1409.1556, table 1: configuration D, 138,357,544 parameters, and E, 143,667,240, for
 * 224x224 images of 1000 classes.
 *
 * <p>{@code width} (64) is the number of the first convolution's channels; later blocks have 2, 4,
 * 8 and 8 times as many and the dense layers 64 times. {@code dropout} (0.5) is that between the
 * dense layers.
 *
 * @param name in the zoo
 * @param blocks convolutions of each block; a pooling follows each
 */
record Vgg(String name, List<Integer> blocks) implements ZooModel.OfPhotos {
  static final Vgg VGG16 = new Vgg("vgg16", List.of(2, 2, 3, 3, 3));
  static final Vgg VGG19 = new Vgg("vgg19", List.of(2, 2, 4, 4, 4));

  private static final int MOST_CHANNELS = 8;

  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(WIDTH, DROPOUT);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    ImageGraph.requireSide(name, options.image(), 1 << blocks.size());
    int width = options.variant().width().orElse(64);
    double kept = options.kept(0.5);
    ListBuilder list = options.builder().list();
    for (int block = 1; block <= blocks.size(); block++) {
      int channels = width * Math.min(1 << (block - 1), MOST_CHANNELS);
      for (int i = 1; i <= blocks.get(block - 1); i++) {
        add(list, "conv" + block + "_" + i, ImageGraph.convolution(channels, 3, 1, 1));
      }
      add(list, "pool" + block, ImageGraph.largest(2, 2, 0));
    }
    add(list, "fc6", ImageGraph.dense(64 * width, 0));
    add(list, "fc7", ImageGraph.dense(64 * width, kept));
    add(list, "output", ImageGraph.softmax(options.classes(), kept));
    return ModelConfiguration.of(list.setInputType(ImageGraph.inputType(options.image())).build());
  }

  private static void add(ListBuilder list, String name, Layer layer) {
    layer.setLayerName(name);
    list.layer(layer);
  }
}
