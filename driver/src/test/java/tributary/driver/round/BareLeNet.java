package tributary.driver.round;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** LeNet as one trains it by hand with libtorch: always the same minibatch, libtorch's own Adam. */
@SuppressWarnings("try") // scopes are held, not used
final class BareLeNet implements Runnable {
  private static final long[] ONE = {1, 1};
  private static final long[] TWO = {2, 2};
  private static final long[] NONE = {0, 0};

  private final int size;
  private final int steps;

  BareLeNet(int minibatchSize, int steps) {
    this.size = minibatchSize;
    this.steps = steps;
  }

  @Override
  public void run() {
    torch.set_num_threads(1);
    openblas.blas_set_num_threads(1);
    try (PointerScope scope = new PointerScope()) {
      Tensor images = noise(size, 1, 28, 28);
      Tensor labels = torch.tensor(new long[size]);
      List<Tensor> p = new ArrayList<>();
      for (long[] shape :
          List.of(
              new long[] {20, 1, 5, 5},
              new long[] {20},
              new long[] {50, 20, 5, 5},
              new long[] {50},
              new long[] {500, 800},
              new long[] {500},
              new long[] {10, 500},
              new long[] {10})) {
        p.add(noise(shape).mul_(new Scalar(0.05)).requires_grad_(true));
      }
      Adam adam = new Adam(new TensorVector(p.toArray(Tensor[]::new)), new AdamOptions(1e-3));
      for (int step = 0; step < steps; step++) {
        try (PointerScope inner = new PointerScope()) {
          adam.zero_grad();
          torch.cross_entropy_loss(sums(images, p), labels).backward();
          adam.step();
        }
      }
    }
  }

  private static Tensor sums(Tensor images, List<Tensor> p) {
    Tensor x = pooled(images, p.get(0), p.get(1));
    x = pooled(x, p.get(2), p.get(3)).flatten(1, -1);
    x = torch.linear(x, p.get(4), new TensorOptional(p.get(5))).relu();
    return torch.linear(x, p.get(6), new TensorOptional(p.get(7)));
  }

  private static Tensor pooled(Tensor x, Tensor weights, Tensor bias) {
    Tensor z = torch.conv2d(x, weights, new TensorOptional(bias), ONE, NONE, ONE, 1).relu();
    return torch.max_pool2d(z, TWO, TWO, NONE, ONE, false);
  }

  private static Tensor noise(long... shape) {
    return torch.empty(shape).normal_(0, 1, new GeneratorOptional(torch.createCPUGenerator(1)));
  }
}
