package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;

/** One value for each channel of a sequence, an image or a volume; masks end here. */
final class GlobalPooling {
  private GlobalPooling() {}

  static TorchLayer pooling(Site site) {
    GlobalPoolingLayer layer = site.as(GlobalPoolingLayer.class);
    return (input, pass) -> {
      long[] places = places(layer, input.values().dim());
      Tensor counted = counted(input, layer.getPoolingType());
      Tensor pooled = pooled(gathered(counted, places), input.mask(), layer);
      return Masked.all(layer.isCollapseDimensions() ? pooled : spread(pooled, places));
    };
  }

  /** The dimensions that go, ascending: all from the third on if nothing is configured. */
  private static long[] places(GlobalPoolingLayer layer, long rank) {
    int[] configured = layer.getPoolingDimensions();
    return configured == null
        ? LongStream.range(2, rank).toArray()
        : Arrays.stream(configured).asLongStream().sorted().toArray();
  }

  /** The values, with padding replaced by what doesn't change the result. */
  private static Tensor counted(Masked input, PoolingType type) {
    if (input.mask() == null) {
      return input.values();
    }
    Tensor padding = Rows.alike(input.mask(), input.values()).eq(new Scalar(0));
    double neutral = type == PoolingType.MAX ? Double.NEGATIVE_INFINITY : 0;
    return input.values().masked_fill(padding, new Scalar(neutral));
  }

  private static Tensor gathered(Tensor values, long... places) {
    long[] last = LongStream.rangeClosed(-places.length, -1).toArray();
    return values.movedim(places, last).flatten(-places.length, -1);
  }

  /**
   * Reduces the last dimension. The maximum is taken by index, so that among equal values the first
   * one gets the gradient, as in DL4J; its norm is that of Gulcehre et al., arXiv:1311.1780,
   * without the division by the number of places.
   */
  private static Tensor pooled(Tensor values, Tensor mask, GlobalPoolingLayer layer) {
    return switch (layer.getPoolingType()) {
      case MAX -> new Tensor(values.max(-1).get0()); // the pair's own goes with the pair
      case SUM -> values.sum(-1);
      case AVG -> mask == null ? values.mean(-1) : values.sum(-1).div(count(mask));
      case PNORM ->
          torch.linalg_vector_norm(
              values,
              new Scalar(layer.getPnorm()),
              new long[] {-1},
              false,
              new ScalarTypeOptional());
    };
  }

  /** DL4J counts what the mask itself holds: one of {@code [n, 1, height, 1]} knows no width. */
  private static Tensor count(Tensor mask) {
    return mask.flatten(1, -1).sum(-1).unsqueeze(1);
  }

  private static Tensor spread(Tensor pooled, long... places) {
    Tensor spread = pooled;
    for (long place : places) {
      spread = spread.unsqueeze(place);
    }
    return spread;
  }
}
