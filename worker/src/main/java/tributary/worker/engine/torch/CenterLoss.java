package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;

/**
 * An output that also draws the features of each class to a center: Wen et al., "A Discriminative
 * Feature Learning Approach for Deep Face Recognition", ECCV 2016, equations 2 to 4.
 *
 * @param layer says how strongly, and how fast the centers follow
 * @param output judges the activations
 * @param centers {@code [classes, features]}; they are moved, not trained
 */
record CenterLoss(CenterLossOutputLayer layer, TorchOutput output, Parameter centers)
    implements TorchOutput {
  @Override
  public Masked forward(Masked input, Pass pass) {
    return output.forward(input, pass);
  }

  @Override
  public Tensor loss(Masked input, Masked labels, Pass pass) {
    Tensor classes = centers.in(pass);
    Tensor members = members(labels.values(), classes);
    Tensor features = Autocast.widened(input.values());
    Tensor away = features.sub(members.mm(classes.detach()));
    Tensor distance = away.square().sum().mul(new Scalar(layer.getLambda() / 2));
    return output.loss(input, labels, pass).add(distance).add(moving(classes, members, away));
  }

  /** Which example belongs to which class: {@code [n, classes]}. */
  private static Tensor members(Tensor labels, Tensor classes) {
    return labels.is_floating_point() ? labels : torch.one_hot(labels, classes.size(0)).to(classes);
  }

  /** Zero, but its gradient by the centers is the step they take: equation 4. */
  private Tensor moving(Tensor classes, Tensor members, Tensor away) {
    Tensor sums = members.t().mm(away.detach()).mul(new Scalar(-layer.getAlpha()));
    Tensor step =
        layer.getGradientCheck()
            ? sums.mul(new Scalar(layer.getLambda()))
            : sums.div(members.sum(0).add(new Scalar(1)).unsqueeze(1));
    Tensor product = classes.mul(step).sum();
    return product.sub(product.detach());
  }
}
