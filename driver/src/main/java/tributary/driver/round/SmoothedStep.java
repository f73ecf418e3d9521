package tributary.driver.round;

import java.util.stream.IntStream;
import tributary.datasets.Checks;
import tributary.worker.model.ModelState;

/**
 * Another outer step that keeps, beside the parameters it leads to, their exponential moving
 * average over the rounds:
 *
 * <pre>
 * s' = s + (1 - decay) (x' - s)
 * </pre>
 *
 * <p>Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM J. Control
 * Optim. 30(4), 1992, with fading weights, as in Tarvainen and Valpola, "Mean teachers",
 * arXiv:1703.01780, equation 1; there after every step, here after every round. The average begins
 * with the parameters after the first round, so that nothing of the random beginning is in it. It
 * leads nowhere: no round starts from it. Statistics of layers (batch normalisation's) are averaged
 * alike, which makes them those of the averaged networks rather than of the average network.
 *
 * @param step what leads from a round's average to the parameters
 * @param decay share of the average that stays, in {@code [0, 1)}
 */
record SmoothedStep(OuterStep step, double decay) implements OuterStep {
  SmoothedStep {
    Checks.argument(decay >= 0 && decay < 1, "decay must be in [0, 1), got %s", decay);
  }

  @Override
  public RunState next(int round, RunState start, ModelState average) {
    RunState next = step.next(round, start, average);
    float[] now = next.model().parameters();
    float[] earlier = start.smoothed();
    if (earlier.length == 0) {
      return next.withSmoothed(now.clone());
    }
    Checks.argument(
        earlier.length == now.length,
        "vectors of %d and %d values do not go together",
        earlier.length,
        now.length);
    float[] smoothed = new float[now.length];
    IntStream.range(0, now.length)
        .parallel() // every element is alone
        .forEach(
            i -> smoothed[i] = (float) (earlier[i] + (1 - decay) * ((double) now[i] - earlier[i])));
    return next.withSmoothed(smoothed);
  }
}
