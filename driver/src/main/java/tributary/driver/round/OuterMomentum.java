package tributary.driver.round;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import tributary.datasets.Checks;
import tributary.worker.model.ModelState;
import tributary.worker.model.ParameterLayout;
import tributary.worker.model.ParameterTensor;
import tributary.worker.model.UpdatePlan.Stretch;
import tributary.worker.train.DivergedException;

/**
 * Takes the way that a round has gone, from its start x to its average a, for a gradient, and steps
 * along it with momentum u:
 *
 * <pre>
 * d  = x - a
 * u' = momentum u + d
 * x' = x - step(d, u')
 * </pre>
 *
 * <p>The last line is computed as {@code a - (step(d, u') - d)}, so that without momentum and at
 * learning rate 1 the result is the average to the bit. u' is rounded to float only where it is
 * kept.
 *
 * <p>Statistics (batch normalisation's running means and variances) are no gradient's work, and
 * momentum could carry a variance below zero; they are the plain average, weighted by examples. The
 * means of replicas are not pooled into the variance: what a layer keeps is the moving average of
 * the variances inside minibatches, which is linear, so that the replicas' mean is the moving
 * average over all their minibatches; the distance between minibatches' means is in none of them.
 * Where DL4J keeps the logarithm of the standard deviation (its default) the mean of variances is a
 * geometric one: between the replicas' values, never zero, and below the arithmetic one by about
 * half the variance of the variances' natural logarithms, which is a share of a percent where
 * replicas differ by a tenth.
 *
 * @param kind how far the step goes
 * @param learningRate outer learning rate, &gt; 0
 * @param momentum share of u that stays, in {@code [0, 1)}
 * @param layout names the layer of a parameter that is not finite
 * @param statistics what is left as the average has it
 */
record OuterMomentum(
    Kind kind,
    double learningRate,
    double momentum,
    ParameterLayout layout,
    List<Stretch> statistics)
    implements OuterStep {
  OuterMomentum {
    Checks.argument(learningRate > 0, "learningRate must be > 0, got %s", learningRate);
    Checks.argument(momentum >= 0 && momentum < 1, "momentum must be in [0, 1), got %s", momentum);
    statistics = List.copyOf(statistics);
  }

  /** How far a step goes. */
  enum Kind {
    /**
     * {@code learningRate u'}: algorithm 1 of Wang, Tantia, Ballas and Rabbat, "SlowMo: Improving
     * Communication-Efficient Distributed SGD with Slow Momentum", arXiv:1910.00643, where
     * learningRate is alpha and momentum beta. The paper's buffer is in units of gradients: it adds
     * d / gamma(t) and steps by alpha gamma(t) u, gamma being the inner learning rate. Ours is in
     * units of parameters, the paper's times gamma, since an inner step here may be any of DL4J's
     * updaters, with schedules of its own, that has no single gamma. For constant gamma both are
     * the same. Where gamma changes, ours lets earlier ways keep their length, and fade by momentum
     * alone; the paper's are rescaled to the new gamma.
     */
    SLOWMO,
    /**
     * {@code learningRate (d + momentum u')}: algorithm 1 of Douillard et al., "DiLoCo: Distributed
     * Low-Communication Training of Language Models", arXiv:2311.08105, with Nesterov's momentum as
     * PyTorch's SGD(nesterov=True) has it.
     */
    NESTEROV
  }

  @Override
  public RunState next(int round, RunState start, ModelState average) {
    float[] x = start.model().parameters();
    float[] a = average.parameters();
    float[] u = start.outerMomentum().length == 0 ? new float[a.length] : start.outerMomentum();
    Checks.argument(
        x.length == a.length && u.length == a.length,
        "vectors of %d, %d and %d values do not go together",
        x.length,
        a.length,
        u.length);
    float[] parameters = new float[a.length];
    float[] momenta = new float[a.length];
    indices(a)
        .forEach(
            i -> {
              double displacement = (double) x[i] - a[i];
              double slow = momentum * u[i] + displacement;
              parameters[i] = (float) (a[i] - (step(displacement, slow) - displacement));
              momenta[i] = (float) slow;
            });
    leaveStatistics(a, parameters, momenta);
    requireFinite(round, parameters);
    requireFinite(round, momenta);
    return RunState.of(new ModelState(parameters, average.optimizer())).withOuterMomentum(momenta);
  }

  private void leaveStatistics(float[] average, float[] parameters, float[] momenta) {
    for (Stretch plain : statistics) {
      int from = Math.toIntExact(plain.from());
      System.arraycopy(average, from, parameters, from, Math.toIntExact(plain.size()));
      Arrays.fill(momenta, from, Math.toIntExact(plain.to()), 0);
    }
  }

  private double step(double displacement, double slow) {
    return learningRate * (kind == Kind.SLOWMO ? slow : displacement + momentum * slow);
  }

  private void requireFinite(int round, float[] values) {
    OptionalInt first = indices(values).filter(i -> !Float.isFinite(values[i])).findFirst();
    if (first.isPresent()) {
      ParameterTensor tensor = layout.at(first.getAsInt());
      throw new DivergedException(
          Checks.format(
              "Training diverged in round %d: the outer step leads to %s in layer %s (parameter"
                  + " %s); lower training.outer-learning-rate",
              round, values[first.getAsInt()], tensor.layer(), tensor.name()));
    }
  }

  /** Every element is alone, so that cores may share them and the bits stay the same. */
  private static IntStream indices(float[] values) {
    return IntStream.range(0, values.length).parallel();
  }
}
