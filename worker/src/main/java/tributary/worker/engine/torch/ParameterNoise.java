package tributary.worker.engine.torch;

import java.util.Map;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.conf.weightnoise.IWeightNoise;
import org.deeplearning4j.nn.conf.weightnoise.WeightNoise;

/** Noise on parameters while training, drawn anew in each pass; adding a kind is adding a row. */
final class ParameterNoise {
  private static final Map<Class<? extends IWeightNoise>, Row> ROWS =
      Map.of(
          DropConnect.class, (given, site) -> dropConnect((DropConnect) given),
          WeightNoise.class, (given, site) -> sampled((WeightNoise) given, site));

  private ParameterNoise() {}

  /** How one kind is compiled. */
  private interface Row {
    Noise compile(IWeightNoise noise, Site site);
  }

  /**
   * What happens to a parameter in a training pass.
   *
   * @param onBiases whether biases suffer it as well as weights
   * @param change of the parameter
   */
  private record Noise(boolean onBiases, Change change) {}

  private interface Change {
    Tensor apply(Tensor parameter, Pass pass);
  }

  /** A parameter under the noise that its layer is configured with, if any. */
  static Parameter over(Tensor leaf, String name, Site site) {
    IWeightNoise given = site.layer() instanceof BaseLayer base ? base.getWeightNoise() : null;
    if (given == null) {
      return pass -> leaf;
    }
    Noise noise = site.row(ROWS::get, given, "weight noise").compile(given, site);
    if (!isNoisy(site.layer(), name, noise.onBiases)) {
      return pass -> leaf;
    }
    return pass -> pass.training() ? noise.change.apply(leaf, pass) : leaf;
  }

  private static boolean isNoisy(Layer layer, String name, boolean onBiases) {
    return layer.initializer().isWeightParam(layer, name)
        || (onBiases && layer.initializer().isBiasParam(layer, name));
  }

  /** Wan et al., ICML 2013; as in DL4J, what is kept is not scaled up. */
  private static Noise dropConnect(DropConnect given) {
    return new Noise(
        given.isApplyToBiases(),
        (parameter, pass) -> {
          double kept =
              Dropouts.at(
                  given.getWeightRetainProbSchedule(), given.getWeightRetainProb(), pass.key());
          GeneratorOptional noise = new GeneratorOptional(pass.noise());
          return parameter.mul(torch.empty_like(parameter).bernoulli_(kept, noise));
        });
  }

  private static Noise sampled(WeightNoise given, Site site) {
    Samples samples = Samples.of(given.getDistribution(), site);
    return new Noise(
        given.isApplyToBias(),
        given.isAdditive()
            ? (parameter, pass) -> parameter.add(samples.like(parameter, pass.noise()))
            : (parameter, pass) -> parameter.mul(samples.like(parameter, pass.noise())));
  }
}
