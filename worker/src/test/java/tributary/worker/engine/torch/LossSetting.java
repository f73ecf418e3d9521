package tributary.worker.engine.torch;

import static tributary.worker.engine.torch.OracleArrays.gaussian;

import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossMixtureDensity;
import tributary.worker.engine.torch.LossExample.Labels;
import tributary.worker.engine.torch.LossExample.Mask;

/**
 * A loss under test.
 *
 * @param loss by the weights of its outputs, which may be null
 * @param weighable whether it heeds them
 * @param ofOutputs whether it scores single outputs, which a mask may cover
 */
record LossSetting(
    Function<INDArray, ILossFunction> loss,
    boolean weighable,
    boolean ofOutputs,
    Labels labels,
    Activation activation) {
  private static final int MIXTURES = 3;
  private static final int WIDTH = 2;

  LossExample example(SplittableRandom random, Mask mask, boolean weighted) {
    int rows = random.nextInt(2, 4);
    int outputs = outputs(random);
    double[] weights = random.doubles(outputs, 0.5, 2).toArray();
    ILossFunction loss =
        this.loss.apply(weighted ? OracleArrays.array(weights, DataType.FLOAT, 1, outputs) : null);
    return new LossExample(
        loss,
        activation.getActivationFunction(),
        rows,
        gaussian(random, rows * outputs),
        labels.rows(random, rows, loss instanceof LossMixtureDensity ? WIDTH : outputs),
        mask.rows(random, rows, outputs));
  }

  private int outputs(SplittableRandom random) {
    ILossFunction loss = this.loss.apply(null);
    if (loss instanceof LossMixtureDensity) {
      return MIXTURES * (WIDTH + 2);
    }
    if (loss instanceof LossFMeasure) {
      return labels == Labels.ONE_HOT ? 2 : 1;
    }
    return random.nextInt(2, 6);
  }

  /** Masks of single outputs after softmax are among DL4J's faults. */
  boolean dl4jKnows(Mask mask) {
    return mask != Mask.OUTPUTS || (ofOutputs && activation != Activation.SOFTMAX);
  }

  @Override
  public String toString() {
    return loss.apply(null) + " of " + labels + " after " + activation;
  }

  /** One setting for each activation, of a loss that heeds weights and scores single outputs. */
  static Stream<LossSetting> weighable(
      Function<INDArray, ILossFunction> loss, Labels labels, String... activations) {
    return settings(loss, true, true, labels, activations);
  }

  /** Of a loss that scores single outputs. */
  static Stream<LossSetting> plain(ILossFunction loss, Labels labels, String... activations) {
    return settings(weights -> loss, false, true, labels, activations);
  }

  /** Of a loss that scores whole rows or minibatches. */
  static Stream<LossSetting> ofRows(ILossFunction loss, Labels labels, String... activations) {
    return settings(weights -> loss, false, false, labels, activations);
  }

  private static Stream<LossSetting> settings(
      Function<INDArray, ILossFunction> loss,
      boolean weighable,
      boolean ofOutputs,
      Labels labels,
      String... activations) {
    return Stream.of(activations)
        .map(name -> new LossSetting(loss, weighable, ofOutputs, labels, Activation.valueOf(name)));
  }

  static LossMixtureDensity mixture() {
    return LossMixtureDensity.builder().gaussians(MIXTURES).labelWidth(WIDTH).build();
  }
}
