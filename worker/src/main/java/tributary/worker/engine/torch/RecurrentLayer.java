package tributary.worker.engine.torch;

import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.RNNFormat;
import tributary.worker.engine.torch.Recurrence.Path;
import tributary.worker.engine.torch.Recurrence.Walk;

/**
 * A layer that goes over sequences from the first step to the last. It goes on where it was at the
 * end of the segment before, and gradients flow back through a segment's last steps only: truncated
 * backpropagation through time, Williams and Peng, Neural Computation 2(4), 1990.
 */
@SuppressWarnings("try") // guards are held, not used
final class RecurrentLayer implements TorchLayer {
  private final Recurrence recurrence;
  private final RNNFormat format;
  private final Site site;

  RecurrentLayer(Recurrence recurrence, RNNFormat format, Site site) {
    this.recurrence = recurrence;
    this.format = format;
    this.site = site;
  }

  @Override
  public Masked forward(Masked input, Pass pass) {
    boolean cutAlongSteps = format != RNNFormat.NWC || !pass.inSegments();
    site.require(cutAlongSteps, "sequences in format NWC that are trained in segments");
    Tensor steps = Sequences.stepsFirst(input.values(), format);
    Tensor mask = input.mask() == null ? null : input.mask().t().unsqueeze(2);
    Path path = path(recurrence.in(pass), steps, mask, pass);
    pass.remember(this, path.state());
    return input.with(Sequences.inFormat(path.outputs(), format));
  }

  private Path path(Walk walk, Tensor steps, Tensor mask, Pass pass) {
    List<Tensor> start = pass.remembered(this);
    long all = steps.size(0);
    long cut = Math.max(0, all - pass.backwardSteps());
    if (cut == 0) {
      return walk.over(steps, mask, start);
    }
    Path before;
    try (NoGradGuard guard = new NoGradGuard()) {
      before = walk.over(part(steps, 0, cut), part(mask, 0, cut), start);
    }
    if (cut == all) {
      return before;
    }
    Path after = walk.over(part(steps, cut, all), part(mask, cut, all), before.state());
    return new Path(torch.cat(new TensorVector(before.outputs(), after.outputs())), after.state());
  }

  private static Tensor part(Tensor steps, long from, long to) {
    return steps == null ? null : steps.narrow(0, from, to - from);
  }
}
