package tributary.worker.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import tributary.datasets.Checks;

/**
 * Which networks learn from labels that are shares of several classes: those whose loss is least
 * where the outputs are these shares. Losses of signs, indices, ranks or counts are not.
 */
public final class SoftLabels {
  private static final Set<Class<? extends ILossFunction>> LOSSES =
      Set.of(
          LossBinaryXENT.class,
          LossKLD.class,
          LossL2.class,
          LossMCXENT.class,
          LossMSE.class,
          LossNegativeLogLikelihood.class);

  private SoftLabels() {}

  /**
   * Passes if every output of the network learns from soft labels.
   *
   * @param reason why labels are soft: names the settings
   * @throws ModelException naming the output, its layer or loss, and the remedy
   */
  public static void require(ModelConfiguration model, String reason) {
    for (Layer output : outputs(model)) {
      Object judge = judge(output);
      if (judge == null || !LOSSES.contains(judge.getClass())) {
        throw new ModelException(
            Checks.format(
                "The model's output %s has %s, which can't learn from the soft labels of %s:"
                    + " expected one of %s; set these to 0, or take another loss",
                output.getLayerName() == null ? "layer" : output.getLayerName(),
                (judge == null ? output : judge).getClass().getSimpleName(),
                reason,
                LOSSES.stream().map(Class::getSimpleName).sorted().toList()));
      }
    }
  }

  /** Null for outputs that judge by more than a loss, or in their own way. */
  private static ILossFunction judge(Layer output) {
    if (output.getClass() == OutputLayer.class) {
      return ((OutputLayer) output).getLossFn();
    }
    return output instanceof LossLayer loss ? loss.getLossFn() : null;
  }

  private static List<Layer> outputs(ModelConfiguration model) {
    List<Layer> outputs = new ArrayList<>();
    switch (model.kind()) {
      case MULTI_LAYER -> {
        MultiLayerConfiguration stack = model.multiLayer();
        outputs.add(stack.getConf(stack.getConfs().size() - 1).getLayer());
      }
      case GRAPH -> {
        for (String name : model.graph().getNetworkOutputs()) {
          GraphVertex vertex = model.graph().getVertices().get(name);
          if (vertex instanceof LayerVertex layer) {
            outputs.add(layer.getLayerConf().getLayer());
          }
        }
      }
    }
    return outputs;
  }
}
