package tributary.worker.model;

import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import tributary.worker.model.UpdatePlan.Stretch;

/** Clips the gradient of a DL4J network before its updater sees it. */
final class ClippingListener extends BaseTrainingListener {
  private final List<Stretch> trained;
  private GradientClip clip = GradientClip.NONE;

  /**
   * A listener that clips nothing yet.
   *
   * @param trained the parameters that the optimizer moves
   */
  ClippingListener(List<Stretch> trained) {
    this.trained = trained;
  }

  void clip(GradientClip by) {
    clip = by;
  }

  @Override
  public void onGradientCalculation(Model model) {
    if (clip.equals(GradientClip.NONE)) {
      return;
    }
    // DL4J divides by the minibatch's size later.
    double scale = model.conf().isMiniBatch() ? model.batchSize() : 1;
    INDArray flat = model.getGradientsViewArray().reshape(-1);
    List<INDArray> gradients =
        trained.stream().map(s -> flat.get(NDArrayIndex.interval(s.from(), s.to()))).toList();
    if (clip.value() > 0) {
      gradients.forEach(gradient -> clipValues(gradient, clip.value() * scale));
    } else {
      clipNorm(gradients, clip.norm() * scale);
    }
  }

  private static void clipNorm(List<INDArray> gradients, double most) {
    double squares = 0;
    for (INDArray gradient : gradients) {
      double norm = gradient.norm2Number().doubleValue();
      squares += norm * norm;
    }
    double norm = Math.sqrt(squares);
    if (norm > most) {
      gradients.forEach(gradient -> gradient.muli(most / norm));
    }
  }

  private static void clipValues(INDArray gradient, double most) {
    Nd4j.getExecutioner()
        .exec(
            DynamicCustomOp.builder("clipbyvalue")
                .addInputs(gradient)
                .callInplace(true)
                .addFloatingPointArguments(-most, most)
                .build());
  }
}
