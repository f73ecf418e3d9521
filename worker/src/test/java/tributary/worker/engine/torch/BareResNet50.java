package tributary.worker.engine.torch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * A training loop as one writes it by hand with libtorch, for the network that DL4J's zoo calls
 * ResNet-50 (its first stage halves the image once more than the paper's): channels-last, one
 * tensor a parameter, momentum.
 */
@SuppressWarnings("try") // scopes and guards are held, not used
final class BareResNet50 implements AutoCloseable {
  private final List<Tensor> parameters = new ArrayList<>();
  private final List<Tensor> momenta = new ArrayList<>();
  private final List<Tensor> buffers = new ArrayList<>();
  private int next;
  private int nextBuffer;

  /** One step on images {@code [n, 3, 224, 224]} with class indices {@code [n]}. */
  void step(Tensor images, Tensor labels) {
    try (PointerScope scope = new PointerScope()) {
      Tensor loss = torch.cross_entropy_loss(sums(images), labels);
      loss.backward();
      try (NoGradGuard guard = new NoGradGuard()) {
        update();
      }
    }
  }

  @Override
  public void close() {
    parameters.forEach(Tensor::releaseReference);
    momenta.forEach(Tensor::releaseReference);
    buffers.forEach(Tensor::releaseReference);
  }

  private Tensor sums(Tensor images) {
    next = 0;
    nextBuffer = 0;
    Tensor x = torch.constant_pad_nd(images, new long[] {3, 3, 3, 3}, new Scalar(0));
    x = convolved(x.contiguous(MemoryFormat.ChannelsLast), 64, 7, 2, 0).relu_();
    x =
        torch.max_pool2d(
            x, new long[] {3, 3}, new long[] {2, 2}, new long[2], new long[] {1, 1}, false);
    int[] blocks = {3, 4, 6, 3};
    for (int stage = 0; stage < blocks.length; stage++) {
      for (int block = 0; block < blocks[stage]; block++) {
        x = block(x, 64 << stage, /* first= */ block == 0);
      }
    }
    x =
        torch.max_pool2d(
            x, new long[] {3, 3}, new long[] {1, 1}, new long[2], new long[] {1, 1}, false);
    x = x.flatten(1, -1);
    return torch.linear(x, parameter(1000, x.size(1)), new TensorOptional(parameter(1000)));
  }

  private Tensor block(Tensor x, int channels, boolean first) {
    int stride = first ? 2 : 1;
    Tensor y = convolved(x, channels, 1, stride, 0).relu_();
    y = convolved(y, channels, 3, 1, 1).relu_();
    y = convolved(y, 4 * channels, 1, 1, 0);
    Tensor shortcut = first ? convolved(x, 4 * channels, 1, stride, 0) : x;
    return y.add(shortcut).relu_();
  }

  /** A convolution and its batch normalisation. */
  private Tensor convolved(Tensor x, int channels, int kernel, int stride, int padding) {
    Tensor weights = parameter(channels, x.size(1), kernel, kernel);
    Tensor z =
        torch.conv2d(
            x,
            weights,
            new TensorOptional(parameter(channels)),
            new long[] {stride, stride},
            new long[] {padding, padding},
            new long[] {1, 1},
            1);
    return torch.batch_norm(
        z,
        new TensorOptional(parameter(channels)),
        new TensorOptional(parameter(channels)),
        new TensorOptional(buffer(channels)),
        new TensorOptional(buffer(channels)),
        /* training= */ true,
        0.1,
        1e-5,
        false);
  }

  /** The next parameter, made in the first pass. */
  private Tensor parameter(long... shape) {
    if (next == parameters.size()) {
      Tensor values =
          torch
              .empty(shape)
              .normal_(0, 0.02, new GeneratorOptional(torch.createCPUGenerator(next + 1)));
      if (shape.length == 4) {
        values = values.contiguous(MemoryFormat.ChannelsLast);
      }
      parameters.add(FlatTensors.kept(values.requires_grad_(true)));
      momenta.add(FlatTensors.kept(torch.zeros_like(values)));
    }
    return parameters.get(next++);
  }

  private Tensor buffer(long channels) {
    if (nextBuffer == buffers.size()) {
      buffers.add(FlatTensors.kept(torch.zeros(channels)));
    }
    return buffers.get(nextBuffer++);
  }

  private void update() {
    for (int i = 0; i < parameters.size(); i++) {
      Tensor gradient = parameters.get(i).mutable_grad();
      Tensor momentum = momenta.get(i);
      momentum.mul_(new Scalar(0.9)).add_(gradient, new Scalar(1));
      parameters.get(i).sub_(momentum, new Scalar(0.01));
      gradient.zero_();
    }
  }
}
