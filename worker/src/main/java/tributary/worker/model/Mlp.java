package tributary.worker.model;

import static tributary.worker.model.ModelVariant.Option.DEPTH;
import static tributary.worker.model.ModelVariant.Option.DROPOUT;
import static tributary.worker.model.ModelVariant.Option.WIDTH;

import java.util.Set;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration.ListBuilder;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;

/**
 * Dense layers over all pixels: Rumelhart et al., "Learning representations by back-propagating
 * errors", Nature 323, 1986, with rectified units.
 *
 * <p>{@code width} (512) is the number of units of each layer, {@code depth} (2) that of layers
 * below the output, {@code dropout} (0) is before all layers but the first.
 */
final class Mlp implements ZooModel.OfDigits {
  @Override
  public Set<ModelVariant.Option> options() {
    return Set.of(WIDTH, DEPTH, DROPOUT);
  }

  @Override
  public ModelConfiguration configuration(ModelOptions options) {
    double kept = options.kept(0);
    ListBuilder list = options.builder().list();
    for (int i = 1; i <= options.variant().depth().orElse(2); i++) {
      int units = options.variant().width().orElse(512);
      DenseLayer layer = ImageGraph.dense(units, i == 1 ? 0 : kept);
      layer.setLayerName("fc" + i);
      list.layer(layer);
    }
    OutputLayer output = ImageGraph.softmax(options.classes(), kept);
    output.setLayerName("output");
    return ModelConfiguration.of(
        list.layer(output).setInputType(ImageGraph.inputType(options.image())).build());
  }
}
