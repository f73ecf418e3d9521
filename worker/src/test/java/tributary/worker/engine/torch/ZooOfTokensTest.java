package tributary.worker.engine.torch;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.ModelVariant;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Zoo;

/** The zoo's networks of tokens, without dropout, whose noise can't be the same. */
class ZooOfTokensTest {
  private static final int WORDS = 30;
  private static final int CLASSES = 4;
  private static final int STEPS = 7;
  private static final int EXAMPLES = 5;

  @ParameterizedTest
  @CsvSource({"1, false", "1, true", "2, true"})
  void classifiesSequencesAsDl4jDoes(int depth, boolean padded) {
    Parity.assertAgree(
        network("lstm-classifier", depth, CLASSES),
        step -> minibatch(step, padded, Data.oneHot(step, EXAMPLES, CLASSES), null),
        1e-4);
  }

  @ParameterizedTest
  @CsvSource({"1, false", "1, true", "2, true"})
  void tagsSequencesAsDl4jDoes(int depth, boolean padded) {
    Parity.assertAgree(
        network("lstm-tagger", depth, CLASSES), step -> perStep(step, padded, CLASSES), 1e-4);
  }

  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "2, true"})
  void tellsTheNextTokenAsDl4jDoes(int depth, boolean padded) {
    Parity.assertAgree(
        network("char-lm", depth, WORDS), step -> perStep(step, padded, WORDS), 1e-4);
  }

  private static ModelConfiguration network(String name, int depth, int classes) {
    return Zoo.configuration(
        name,
        new ModelOptions(
            new ModelInput.Tokens(WORDS, STEPS),
            classes,
            3,
            new OptimizerSettings(OptimizerSettings.Type.ADAM, 1e-2, 0, 1e-4),
            new ModelVariant(
                OptionalInt.of(8),
                OptionalInt.of(depth),
                OptionalDouble.of(0),
                ModelVariant.Stem.AUTO)));
  }

  private static MultiDataSet perStep(int step, boolean padded, int classes) {
    return minibatch(
        step, padded, Data.oneHot(step, EXAMPLES, classes, STEPS), padded ? mask(step) : null);
  }

  private static MultiDataSet minibatch(
      int step, boolean padded, INDArray labels, INDArray labelMask) {
    return RecurrentNets.minibatch(
        Words.indices(step, WORDS, EXAMPLES, 1, STEPS),
        labels,
        padded ? mask(step) : null,
        labelMask);
  }

  private static INDArray mask(int step) {
    return Data.lengths(step, EXAMPLES, STEPS);
  }
}
