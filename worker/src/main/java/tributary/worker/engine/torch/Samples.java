package tributary.worker.engine.torch;

import static java.util.Map.entry;

import java.util.Map;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.distribution.BinomialDistribution;
import org.deeplearning4j.nn.conf.distribution.ConstantDistribution;
import org.deeplearning4j.nn.conf.distribution.Distribution;
import org.deeplearning4j.nn.conf.distribution.GaussianDistribution;
import org.deeplearning4j.nn.conf.distribution.LogNormalDistribution;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.distribution.OrthogonalDistribution;
import org.deeplearning4j.nn.conf.distribution.TruncatedNormalDistribution;
import org.deeplearning4j.nn.conf.distribution.UniformDistribution;

/** DL4J's distributions, drawn from by libtorch; adding one is adding a row. */
@SuppressWarnings("deprecation") // models may still have such distributions
final class Samples {
  /**
   * The error function of the square root of 2: how much of a normal lies within two deviations.
   */
  private static final double WITHIN_TWO_DEVIATIONS = 0.9544997361036416;

  private static final Map<Class<? extends Distribution>, Row> ROWS =
      Map.ofEntries(
          entry(BinomialDistribution.class, given -> binomial((BinomialDistribution) given)),
          entry(ConstantDistribution.class, given -> constant((ConstantDistribution) given)),
          entry(GaussianDistribution.class, given -> normal((NormalDistribution) given)),
          entry(LogNormalDistribution.class, given -> logNormal((LogNormalDistribution) given)),
          entry(NormalDistribution.class, given -> normal((NormalDistribution) given)),
          entry(OrthogonalDistribution.class, given -> orthogonal((OrthogonalDistribution) given)),
          entry(
              TruncatedNormalDistribution.class,
              given -> truncated((TruncatedNormalDistribution) given)),
          entry(UniformDistribution.class, given -> uniform((UniformDistribution) given)));

  private final Draw draw;

  private Samples(Draw draw) {
    this.draw = draw;
  }

  /** How one distribution is compiled. */
  private interface Row {
    Draw compile(Distribution distribution);
  }

  private interface Draw {
    /** Fills an empty tensor. */
    Tensor into(Tensor empty, GeneratorOptional noise);
  }

  /** A source of values; a refusal if this engine doesn't know the distribution. */
  static Samples of(Distribution distribution, Site site) {
    return new Samples(site.row(ROWS::get, distribution, "distribution").compile(distribution));
  }

  /** As many values as another tensor has. */
  Tensor like(Tensor other, Generator noise) {
    return draw.into(torch.empty_like(other), new GeneratorOptional(noise));
  }

  private static Draw constant(ConstantDistribution given) {
    return (empty, noise) -> empty.fill_(new Scalar(given.getValue()));
  }

  private static Draw normal(NormalDistribution given) {
    return (empty, noise) -> empty.normal_(given.getMean(), given.getStd(), noise);
  }

  private static Draw logNormal(LogNormalDistribution given) {
    return (empty, noise) -> empty.log_normal_(given.getMean(), given.getStd(), noise);
  }

  private static Draw uniform(UniformDistribution given) {
    return (empty, noise) -> empty.uniform_(given.getLower(), given.getUpper(), noise);
  }

  private static Draw binomial(BinomialDistribution given) {
    return (empty, noise) ->
        torch.binomial(
            torch.full_like(empty, new Scalar(given.getNumberOfTrials())),
            torch.full_like(empty, new Scalar(given.getProbabilityOfSuccess())),
            noise);
  }

  /** A normal of which nothing beyond two deviations is left, by its inverse. */
  private static Draw truncated(TruncatedNormalDistribution given) {
    return (empty, noise) ->
        empty
            .uniform_(-WITHIN_TWO_DEVIATIONS, WITHIN_TWO_DEVIATIONS, noise)
            .erfinv_()
            .mul_(new Scalar(Math.sqrt(2) * given.getStd()))
            .add_(new Scalar(given.getMean()));
  }

  /**
   * Saxe et al., arXiv:1312.6120: orthogonal rows or columns, whichever are fewer, times a gain.
   */
  private static Draw orthogonal(OrthogonalDistribution given) {
    return (empty, noise) -> {
      Tensor normals = empty.normal_(0, 1, noise).view(-1, empty.size(-1));
      boolean wide = normals.size(0) < normals.size(1);
      T_TensorTensor_T parts = torch.linalg_qr(wide ? normals.t() : normals);
      Tensor uniform = parts.get0().mul(parts.get1().diagonal().sign());
      return (wide ? uniform.t() : uniform).mul(new Scalar(given.getGain())).reshape(empty.shape());
    };
  }
}
