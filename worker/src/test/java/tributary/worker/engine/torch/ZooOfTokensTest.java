package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.Minibatch.Masks;
import tributary.datasets.minibatch.Minibatch.Reading;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.executor.Engines;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.ModelVariant;
import tributary.worker.model.Network;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Zoo;

/** The zoo's networks of tokens; compared without dropout, whose noise can't be the same. */
class ZooOfTokensTest {
  private static final int WORDS = 30;
  private static final int CLASSES = 4;
  private static final int STEPS = 7;
  private static final int EXAMPLES = 5;
  private static final OptimizerSettings OPTIMIZER =
      new OptimizerSettings(OptimizerSettings.Type.ADAM, 1e-2, 0, 1e-4);

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

  /** Dropout as the papers have it; a single sequence besides, whose mask has one row. */
  @ParameterizedTest
  @ValueSource(strings = {"lstm-classifier", "lstm-tagger", "char-lm"})
  void learnsOfPaddedSequencesWithDropoutOnBothEngines(String name) {
    boolean byStep = !name.equals("lstm-classifier");
    ModelConfiguration model =
        Zoo.configuration(
            name,
            new ModelOptions(
                new ModelInput.Tokens(WORDS, STEPS),
                WORDS,
                3,
                OPTIMIZER,
                new ModelVariant(
                    OptionalInt.of(8),
                    OptionalInt.empty(),
                    OptionalDouble.of(0.5),
                    ModelVariant.Stem.AUTO)));
    for (EngineSettings.Type type : EngineSettings.Type.values()) {
      try (Replica replica = Engines.replica(new EngineSettings(type, 1), model)) {
        replica.load(Network.initialState(model));
        for (int size : new int[] {1, 3}) {
          assertThat(replica.step(padded(size, byStep), new StepKey(0, 0, 5)).loss())
              .as("%s, %d sequences", type, size)
              .isBetween(1.0, 100.0);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm-classifier", "lstm-tagger"})
  void tellsTheSameOfASequenceHoweverFarItIsPadded(String name) {
    boolean byStep = name.equals("lstm-tagger");
    ModelConfiguration model = network(name, 2, CLASSES);
    for (EngineSettings.Type type : EngineSettings.Type.values()) {
      try (Replica replica = Engines.replica(new EngineSettings(type, 1), model)) {
        replica.load(Network.initialState(model));
        float[] alone = replica.forward(sequence(4, 4, byStep));
        float[] padded = replica.forward(sequence(4, STEPS, byStep));
        for (int output = 0; output < CLASSES; output++) {
          for (int step = 0; step < (byStep ? 4 : 1); step++) {
            assertThat(padded[byStep ? output * STEPS + step : output])
                .as("%s, output %d at step %d", type, output, step)
                .isCloseTo(alone[byStep ? output * 4 + step : output], within(1e-6f));
          }
        }
      }
    }
  }

  /** Tokens 1, 2, 3 ... and padding. */
  private static Minibatch sequence(int length, int steps, boolean byStep) {
    float[] tokens = new float[steps];
    float[] mask = new float[steps];
    for (int i = 0; i < length; i++) {
      tokens[i] = i + 1f;
      mask[i] = 1;
    }
    return new Minibatch(
        new long[1],
        tokens,
        new int[] {1, 1, steps},
        new int[byStep ? steps : 1],
        CLASSES,
        /* softLabels= */ null,
        byStep
            ? Masks.ofSteps(mask, mask, Reading.WHOLE)
            : Masks.ofSequences(mask, new float[] {1}));
  }

  private static Minibatch padded(int size, boolean byStep) {
    float[] mask = new float[size * STEPS];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i % STEPS < 4 ? 1 : 0;
    }
    float[] ones = new float[size];
    Arrays.fill(ones, 1);
    return new Minibatch(
        new long[size],
        new float[size * STEPS],
        new int[] {size, 1, STEPS},
        new int[byStep ? size * STEPS : size],
        WORDS,
        /* softLabels= */ null,
        byStep ? Masks.ofSteps(mask, mask, Reading.WHOLE) : Masks.ofSequences(mask, ones));
  }

  private static ModelConfiguration network(String name, int depth, int classes) {
    return Zoo.configuration(
        name,
        new ModelOptions(
            new ModelInput.Tokens(WORDS, STEPS),
            classes,
            3,
            OPTIMIZER,
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
