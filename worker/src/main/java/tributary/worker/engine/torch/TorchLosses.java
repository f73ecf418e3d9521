package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossMixtureDensity;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;
import tributary.datasets.Checks;

/**
 * DL4J's losses. A loss is a score for each output, times the output's weight, times the mask,
 * summed; its gradient is that of the sum, also where DL4J's is that of something else.
 *
 * <p>DL4J cuts probabilities off before it takes their logarithm: at 1e-10 for cross-entropy after
 * softmax, at 1e-5 for the binary one and Kullback-Leibler. Here those of softmax and sigmoid come
 * from the sums and are not cut off, so that scores beyond grow on instead of standing still. For
 * other activations the cut-offs hold, and no gradient comes from beyond them.
 */
final class TorchLosses {
  private static final Map<
          Class<? extends ILossFunction>, BiFunction<ILossFunction, OutputActivation, TorchLoss>>
      LOSSES =
          Map.ofEntries(
              weighted(
                  LossBinaryXENT.class,
                  LossBinaryXENT::getWeights,
                  loss -> LossScores.binaryCrossEntropy(loss.getClipEps())),
              plain(LossCosineProximity.class, LossScores::cosine),
              row(
                  LossFMeasure.class,
                  (loss, output) -> LossScores.fMeasure(loss.getBeta(), output)),
              plain(LossHinge.class, LossScores::hinge),
              plain(LossKLD.class, LossScores::divergence),
              weighted(LossL1.class, LossL1::getWeights, loss -> LossScores::absolute),
              weighted(LossL2.class, LossL2::getWeights, loss -> LossScores::squared),
              weighted(
                  LossMAE.class,
                  LossMAE::getWeights,
                  loss -> LossScores.mean(LossScores::absolute)),
              weighted(
                  LossMAPE.class,
                  LossMAPE::getWeights,
                  loss -> LossScores.mean(LossScores::percentage)),
              row(LossMCXENT.class, TorchLosses::crossEntropy),
              weighted(
                  LossMSE.class, LossMSE::getWeights, loss -> LossScores.mean(LossScores::squared)),
              weighted(
                  LossMSLE.class,
                  LossMSLE::getWeights,
                  loss -> LossScores.mean(LossScores::squaredLogarithm)),
              row(
                  LossMixtureDensity.class,
                  (loss, output) ->
                      LossScores.mixture(loss.getNMixtures(), loss.getLabelWidth(), output)),
              plain(LossMultiLabel.class, LossScores::pairs),
              row(LossNegativeLogLikelihood.class, TorchLosses::crossEntropy),
              plain(LossPoisson.class, LossScores::poisson),
              row(LossSparseMCXENT.class, TorchLosses::sparseCrossEntropy),
              plain(LossSquaredHinge.class, LossScores::squaredHinge),
              plain(LossWasserstein.class, LossScores.mean(LossScores::product)));

  private TorchLosses() {}

  /** How wrong each output is. */
  @FunctionalInterface
  interface Score {
    /**
     * Scores {@code [rows, outputs]}, or {@code [rows, 1]} of a loss that scores whole rows.
     *
     * @param sums {@code [rows, outputs]}
     * @param labels of the sums' type and shape
     */
    Tensor of(OutputActivation output, Tensor sums, Tensor labels);
  }

  /** The loss of an output layer, or a refusal. */
  static TorchLoss of(ILossFunction loss, IActivation outputActivation, Site site) {
    BiFunction<ILossFunction, OutputActivation, TorchLoss> row = LOSSES.get(loss.getClass());
    site.require(row != null, "loss " + loss.getClass().getSimpleName());
    // DL4J scores one function there and takes the gradient of another
    site.require(
        loss.getClass() != LossBinaryXENT.class
            || outputActivation.getClass() != ActivationSoftmax.class,
        "LossBinaryXENT after softmax");
    return row.apply(loss, OutputActivation.of(outputActivation, site));
  }

  /** Labels in the sums' type and shape; class indices become rows of zeros with a one. */
  static Tensor rows(Tensor labels, Tensor sums) {
    Tensor rows = isIndices(labels) ? torch.one_hot(labels, sums.size(1)) : labels;
    Checks.argument(
        rows.size(0) == sums.size(0) && rows.size(1) == sums.size(1),
        "expected labels of shape [%d, %d], found [%d, %d]",
        sums.size(0),
        sums.size(1),
        rows.size(0),
        rows.size(1));
    return rows.to(sums);
  }

  private static boolean isIndices(Tensor labels) {
    return labels.dim() == 1;
  }

  /**
   * Cross-entropy, of class indices from their columns alone. Its gradient is right for labels of
   * any sum; DL4J's takes the sum to be 1 if there are no weights.
   */
  private static TorchLoss crossEntropy(LossMCXENT loss, OutputActivation output) {
    float[] weights = values(loss.getWeights());
    return (sums, labels, mask) -> {
      Tensor logs = output.log().apply(sums);
      if (!isIndices(labels)) {
        return total(logs.mul(rows(labels, sums)), factors(weights, mask, sums)).neg();
      }
      UnaryOperator<Tensor> labelled = all -> all.expand_as(sums).gather(1, labels.unsqueeze(1));
      Stream<Tensor> factors = factors(weights, mask, sums).map(labelled);
      return total(labelled.apply(logs), factors).neg();
    };
  }

  /** Cross-entropy whose labels may also be class indices {@code [rows, 1]} of any type. */
  private static TorchLoss sparseCrossEntropy(LossSparseMCXENT loss, OutputActivation output) {
    TorchLoss crossEntropy = crossEntropy(loss, output);
    return (sums, labels, mask) -> {
      boolean column = labels.dim() == 2 && labels.size(1) == 1;
      Tensor indices = column ? labels.squeeze(1).toType(ScalarType.Long) : labels;
      return crossEntropy.sum(sums, indices, mask);
    };
  }

  private static TorchLoss scored(Score score, float[] weights, OutputActivation output) {
    return (sums, labels, mask) -> {
      Tensor scores = score.of(output, sums, rows(labels, sums));
      boolean wholeRows = scores.size(1) < sums.size(1);
      return total(scores, factors(weights, wholeRows ? ofRows(mask) : mask, sums));
    };
  }

  /** The mask of a loss that scores whole rows. */
  static Tensor ofRows(Tensor mask) {
    Checks.argument(
        mask == null || mask.size(1) == 1, "a mask of outputs for a loss that scores whole rows");
    return mask;
  }

  private static Tensor total(Tensor scores, Stream<Tensor> factors) {
    return factors.reduce(scores, Tensor::mul).sum();
  }

  /** What scores are multiplied by, in the sums' type. */
  private static Stream<Tensor> factors(float[] weights, Tensor mask, Tensor sums) {
    Tensor weight = weights == null ? null : Tensor.create(weights);
    return Stream.of(weight, mask).filter(Objects::nonNull).map(factor -> factor.to(sums));
  }

  /** Kept on the Java side, where nobody need free them. */
  private static float[] values(INDArray weights) {
    return weights == null ? null : weights.toFloatVector();
  }

  private static <L extends ILossFunction>
      Map.Entry<Class<L>, BiFunction<ILossFunction, OutputActivation, TorchLoss>> plain(
          Class<L> type, Score score) {
    return weighted(type, loss -> null, loss -> score);
  }

  private static <L extends ILossFunction>
      Map.Entry<Class<L>, BiFunction<ILossFunction, OutputActivation, TorchLoss>> weighted(
          Class<L> type, Function<L, INDArray> weights, Function<L, Score> score) {
    return row(
        type, (loss, output) -> scored(score.apply(loss), values(weights.apply(loss)), output));
  }

  private static <L extends ILossFunction>
      Map.Entry<Class<L>, BiFunction<ILossFunction, OutputActivation, TorchLoss>> row(
          Class<L> type, BiFunction<L, OutputActivation, TorchLoss> row) {
    return entry(type, (loss, output) -> row.apply(type.cast(loss), output));
  }
}
