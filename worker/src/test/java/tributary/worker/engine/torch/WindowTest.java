package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.util.ConvolutionUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import tributary.datasets.Seeds;
import tributary.worker.model.Nd4jRuntime;

@SuppressWarnings("try") // scopes are held, not used
class WindowTest {
  @BeforeAll
  static void load() {
    Nd4jRuntime.load();
    TorchRuntime.load();
  }

  @ParameterizedTest
  @EnumSource(names = {"Same", "Truncate", "Causal"})
  void reducesMasksOfStepsAsDl4jDoes(ConvolutionMode mode) {
    SplittableRandom random = Seeds.random(1);
    for (int trial = 0; trial < 20; trial++) {
      int kernel = 1 + random.nextInt(3);
      int stride = 1 + random.nextInt(3);
      int dilation = 1 + random.nextInt(2);
      int padding = mode == ConvolutionMode.Truncate ? random.nextInt(kernel) : 0;
      INDArray mask = Data.lengths(trial, 3, 10);
      assertReduced(
          new Window(mode, row(1, kernel), row(1, stride), row(1, dilation), row(0, padding)),
          mask.reshape(3, 1, 1, 10),
          ConvolutionUtils.cnn1dMaskReduction(mask, kernel, stride, padding, dilation, mode));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Same", "Truncate"})
  void reducesMasksOfPixelsRowsAndColumnsAsDl4jDoes(ConvolutionMode mode) {
    SplittableRandom random = Seeds.random(2);
    for (int trial = 0; trial < 20; trial++) {
      int[] kernel = Windowed.numbers(random, 2, 2, 3);
      int[] stride = Windowed.numbers(random, 2, 1, 3);
      int[] dilation = Windowed.numbers(random, 2, 1, 2);
      int[] padding = Windowed.numbers(random, 2, 0, mode == ConvolutionMode.Same ? 0 : 1);
      INDArray mask = // with as many examples as rows of the output, DL4J forgets to reduce it
          Data.values(trial, 11, 1, random.nextInt(3) == 0 ? 1 : 9, random.nextInt(3) == 0 ? 1 : 8)
              .gt(0.8)
              .castTo(DataType.FLOAT);
      assertReduced(
          new Window(
              mode,
              Window.longs(kernel),
              Window.longs(stride),
              Window.longs(dilation),
              Window.longs(padding)),
          mask,
          ConvolutionUtils.cnn2dMaskReduction(mask, kernel, stride, padding, dilation, mode));
    }
  }

  private static void assertReduced(Window window, INDArray mask, INDArray expected) {
    float[] values = Parity.floats(expected); // ND4J's first work must not be in a scope
    try (PointerScope scope = new PointerScope()) {
      assertThat(Parity.floats(window.reduce(Parity.tensor(mask))))
          .as("%s of %s", window.mode(), mask)
          .isEqualTo(values);
    }
  }

  private static long[] row(long height, long width) {
    return new long[] {height, width};
  }
}
