package tributary.worker.engine.torch;

import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/** stand-in until the table is there. */
final class TorchLosses {
  private TorchLosses() {}

  static TorchLoss of(ILossFunction loss, IActivation activation, Site site) {
    return (sums, labels, mask) ->
        labels.is_floating_point()
            ? sums.log_softmax(1).mul(labels).sum().neg()
            : torch.cross_entropy_loss(sums, labels, new TensorOptional(), 2, -100, 0);
  }
}
