package tributary.worker.engine.torch;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.DataFormat;
import org.deeplearning4j.nn.conf.layers.SpaceToBatchLayer;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling1D;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.Upsampling3D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding1DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPadding3DLayer;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping1D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;

/** Layers without parameters that change the size of sequences, images and volumes. */
final class ImageShapes {
  private ImageShapes() {}

  static TorchLayer upsampling1d(Site site) {
    return upsampling(site, null, site.as(Upsampling1D.class).getSize()[0]);
  }

  static TorchLayer upsampling2d(Site site) {
    Upsampling2D layer = site.as(Upsampling2D.class);
    return upsampling(site, layer.getFormat(), layer.getSize());
  }

  static TorchLayer upsampling3d(Site site) {
    Upsampling3D layer = site.as(Upsampling3D.class);
    return upsampling(site, layer.getDataFormat(), layer.getSize());
  }

  static TorchLayer zeroPadding1d(Site site) {
    return zeroPadding(site, null, site.as(ZeroPadding1DLayer.class).getPadding());
  }

  static TorchLayer zeroPadding2d(Site site) {
    ZeroPaddingLayer layer = site.as(ZeroPaddingLayer.class);
    return zeroPadding(site, layer.getDataFormat(), layer.getPadding());
  }

  static TorchLayer zeroPadding3d(Site site) {
    return zeroPadding(site, null, site.as(ZeroPadding3DLayer.class).getPadding());
  }

  static TorchLayer cropping1d(Site site) {
    return cropping(site, null, site.as(Cropping1D.class).getCropping());
  }

  static TorchLayer cropping2d(Site site) {
    Cropping2D layer = site.as(Cropping2D.class);
    return cropping(site, layer.getDataFormat(), layer.getCropping());
  }

  static TorchLayer cropping3d(Site site) {
    return cropping(site, null, site.as(Cropping3D.class).getCropping());
  }

  /** Blocks of pixels become channels, the channels of a block's first pixel first. */
  static TorchLayer spaceToDepth(Site site) {
    SpaceToDepthLayer layer = site.as(SpaceToDepthLayer.class);
    int size = layer.getBlockSize();
    return resizing(
        site,
        layer.getDataFormat(),
        x -> blocks(x, size, size).permute(0, 3, 5, 1, 2, 4).flatten(1, 3));
  }

  /** Blocks of pixels become examples: first of all examples the first pixels of the blocks. */
  static TorchLayer spaceToBatch(Site site) {
    SpaceToBatchLayer layer = site.as(SpaceToBatchLayer.class);
    int[] size = layer.getBlocks();
    long[] edges = edges(Arrays.stream(layer.getPadding()).flatMapToInt(Arrays::stream).toArray());
    return resizing(
        site,
        layer.getFormat(),
        x ->
            blocks(torch.constant_pad_nd(x, edges, new Scalar(0)), size[0], size[1])
                .permute(3, 5, 0, 1, 2, 4)
                .flatten(0, 2));
  }

  /** Images {@code [n, c, height / h, h, width / w, w]} of blocks of {@code h} by {@code w}. */
  private static Tensor blocks(Tensor x, long h, long w) {
    return x.unflatten(3, x.size(3) / w, w).unflatten(2, x.size(2) / h, h);
  }

  /** Every value as many times as the factors say. */
  private static TorchLayer upsampling(Site site, DataFormat format, int... factors) {
    return resizing(
        site,
        format,
        x -> {
          Tensor wider = x;
          for (int i = 0; i < factors.length; i++) {
            wider = repeated(wider, 2 + i, factors[i]);
          }
          return wider;
        });
  }

  /** Each slice along a dimension several times in a row. */
  private static Tensor repeated(Tensor x, int dimension, int times) {
    Tensor spread = x.unsqueeze(dimension + 1);
    long[] shape = spread.shape();
    shape[dimension + 1] = times;
    return spread.expand(shape).flatten(dimension, dimension + 1);
  }

  private static TorchLayer zeroPadding(Site site, DataFormat format, int... sides) {
    long[] edges = edges(sides);
    return resizing(site, format, x -> torch.constant_pad_nd(x, edges, new Scalar(0)));
  }

  private static TorchLayer cropping(Site site, DataFormat format, int... sides) {
    return resizing(
        site,
        format,
        x -> {
          Tensor cropped = x;
          for (int i = 0; i < sides.length / 2; i++) {
            long left = x.size(2 + i) - sides[2 * i] - sides[2 * i + 1];
            cropped = cropped.narrow(2 + i, sides[2 * i], left);
          }
          return cropped;
        });
  }

  /** The sides of each dimension as libtorch wants them: the last dimension's first. */
  private static long[] edges(int... sides) {
    long[] edges = new long[sides.length];
    for (int i = 0; i < sides.length; i += 2) {
      edges[sides.length - 2 - i] = sides[i];
      edges[sides.length - 1 - i] = sides[i + 1];
    }
    return edges;
  }

  /** A layer after which masks of steps or pixels wouldn't fit; those of whole examples do. */
  private static TorchLayer resizing(Site site, DataFormat format, UnaryOperator<Tensor> function) {
    TorchLayer layer = TorchLayer.ofValues((x, pass) -> function.apply(x));
    return Formats.channelsFirst(
        format,
        (input, pass) -> {
          site.require(Formats.masksExamples(input), "masks of steps or pixels here");
          return layer.forward(input, pass);
        });
  }
}
