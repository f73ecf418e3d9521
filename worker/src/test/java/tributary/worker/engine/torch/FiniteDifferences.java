package tributary.worker.engine.torch;

import java.util.function.ToDoubleFunction;

/** The gradient that a function's own values show; decides who is right where gradients differ. */
final class FiniteDifferences {
  private static final double STEP = 1e-5;

  private FiniteDifferences() {}

  /** Central differences of a function in double precision. */
  static double[] of(ToDoubleFunction<double[]> function, double[] at) {
    double[] gradient = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      gradient[i] =
          (function.applyAsDouble(shifted(at, i, STEP))
                  - function.applyAsDouble(shifted(at, i, -STEP)))
              / (2 * STEP);
    }
    return gradient;
  }

  private static double[] shifted(double[] at, int index, double step) {
    double[] shifted = at.clone();
    shifted[index] += step;
    return shifted;
  }
}
