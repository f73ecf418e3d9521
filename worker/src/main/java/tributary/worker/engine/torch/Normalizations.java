package tributary.worker.engine.torch;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;

/** Layers that scale values by what is around them: in the minibatch, or in other channels. */
final class Normalizations {
  private Normalizations() {}

  /**
   * Ioffe and Szegedy, arXiv:1502.03167, over all dimensions but the channels of rows, sequences,
   * images and volumes. DL4J itself normalises rows and images only.
   */
  static TorchLayer batch(Site site) {
    BatchNormalization layer = site.as(BatchNormalization.class);
    Parameter gamma = site.parameter("gamma", !layer.isLockGammaBeta());
    Parameter beta = site.parameter("beta", !layer.isLockGammaBeta());
    Statistics statistics = new Statistics(layer, site);
    TorchLayer normalization =
        TorchLayer.ofValues(
            (x, pass) ->
                locked(
                    layer,
                    statistics.normalize(x, gamma.optional(pass), beta.optional(pass), pass)));
    return Formats.channelsFirst(layer.getCnn2DFormat(), normalization);
  }

  /**
   * Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", NIPS
   * 2012, section 3.3. As in DL4J the window reaches {@code n / 2} channels to either side, so that
   * an even {@code n} sees one more.
   */
  static TorchLayer localResponse(Site site) {
    LocalResponseNormalization layer = site.as(LocalResponseNormalization.class);
    long half = (long) layer.getN() / 2;
    TorchLayer normalization =
        TorchLayer.ofValues(
            (x, pass) -> {
              Tensor squares = sums(x.square().flatten(2, -1), half).view_as(x);
              Tensor scale = squares.mul(new Scalar(layer.getAlpha()));
              return x.mul(scale.add(new Scalar(layer.getK())).pow(new Scalar(-layer.getBeta())));
            });
    return Formats.channelsFirst(layer.getDataFormat(), normalization);
  }

  /** Sums over channels up to {@code half} away; {@code [n, channels, pixels]}. */
  private static Tensor sums(Tensor values, long half) {
    long[] window = {2 * half + 1, 1};
    long[] stride = {1, 1};
    long[] padding = {half, 0};
    return torch.avg_pool2d(values, window, stride, padding, false, true, new LongOptional(1));
  }

  /** DL4J applies a locked scale and shift only if neither is the default. */
  private static Tensor locked(BatchNormalization layer, Tensor values) {
    boolean scaled = layer.isLockGammaBeta() && layer.getGamma() != 1 && layer.getBeta() != 0;
    return scaled
        ? values.mul(new Scalar(layer.getGamma())).add(new Scalar(layer.getBeta()))
        : values;
  }

  /**
   * Running means and variances. DL4J counts them among the parameters and moves them by what it
   * writes where others have their gradients, which is subtracted as it is; so does this.
   */
  @SuppressWarnings("try") // guards are held, not used
  private static final class Statistics {
    /** Running statistics that keep nothing are those of the minibatch, at no further cost. */
    private static final double FORGETFUL = 1;

    private final double decay;
    private final double epsilon;
    private final boolean logarithmic;
    private final boolean fixed;
    private final Tensor mean;

    /** Variances, or the decimal logarithms of standard deviations. */
    private final Tensor spread;

    Statistics(BatchNormalization layer, Site site) {
      decay = layer.getDecay();
      epsilon = layer.getEps();
      logarithmic = layer.isUseLogStd();
      fixed = site.frozen();
      mean = site.leaf("mean");
      spread = site.leaf(logarithmic ? "log10stdev" : "var");
    }

    Tensor normalize(Tensor x, TensorOptional gamma, TensorOptional beta, Pass pass) {
      boolean training = pass.training();
      Tensor means = training ? torch.zeros_like(mean) : mean.detach();
      Tensor variances = training ? torch.zeros_like(spread) : variance();
      Tensor normalized =
          torch.batch_norm(
              x,
              gamma,
              beta,
              new TensorOptional(means),
              new TensorOptional(variances),
              training,
              FORGETFUL,
              epsilon,
              /* cudnn_enabled= */ false);
      if (training && !fixed) {
        move(means, biased(variances, x.numel() / x.size(1)));
      }
      return normalized;
    }

    private void move(Tensor batchMean, Tensor batchVariance) {
      try (NoGradGuard guard = new NoGradGuard()) {
        mean.grad().copy_(mean.sub(batchMean).mul_(new Scalar(1 - decay)));
        Tensor before = variance();
        Tensor step = before.sub(batchVariance).mul_(new Scalar(1 - decay));
        if (logarithmic) {
          step = before.div(before.sub(step)).log10_().mul_(new Scalar(0.5));
        }
        spread.grad().copy_(step);
      }
    }

    private Tensor variance() {
      Tensor value = spread.detach();
      return logarithmic ? value.mul(new Scalar(2 * Math.log(10))).exp_() : value;
    }

    /** libtorch keeps the unbiased variance, DL4J the biased one: 0 for a single value. */
    private static Tensor biased(Tensor variance, long values) {
      return values == 1
          ? torch.zeros_like(variance)
          : variance.mul(new Scalar((values - 1) / (double) values));
    }
  }
}
