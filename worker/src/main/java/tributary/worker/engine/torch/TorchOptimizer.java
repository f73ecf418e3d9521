package tributary.worker.engine.torch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import tributary.worker.engine.StepKey;
import tributary.worker.engine.torch.TorchRegularization.Kind;
import tributary.worker.engine.torch.TorchRegularization.Penalty;
import tributary.worker.engine.torch.TorchUpdaters.Vectors;
import tributary.worker.model.UpdatePlan;
import tributary.worker.model.UpdatePlan.Block;
import tributary.worker.model.UpdatePlan.Constrained;
import tributary.worker.model.UpdatePlan.Normalization;
import tributary.worker.model.UpdatePlan.Penalized;
import tributary.worker.model.UpdatePlan.Stretch;

/**
 * DL4J's way from the gradient to the new parameters, in its order, as in-place operations on
 * stretches of the flat vectors. The optimizer state has DL4J's layout.
 */
@SuppressWarnings("try") // scopes are held, not used
final class TorchOptimizer implements AutoCloseable {
  private final FlatTensors parameters;
  private final Tensor state;
  private final List<Tensor> views = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final List<Penalty> penalties = new ArrayList<>();

  TorchOptimizer(FlatTensors parameters, UpdatePlan plan) {
    this.parameters = parameters;
    try (PointerScope scope = new PointerScope()) {
      this.state = FlatTensors.kept(parameters.values().new_zeros(plan.stateSize()));
      plan.frozen().forEach(this::addFrozen);
      List<Tensor> gradients =
          plan.trained().stream().map(part -> view(parameters.gradients(), part)).toList();
      steps.add(key -> TorchGradientClip.apply(key.rules().clip(), gradients));
      plan.normalizations().forEach(this::addNormalization);
      plan.blocks().forEach(this::addBlock);
      plan.constraints().forEach(this::addConstraint);
    }
  }

  /** A part of the update: changes its stretches of the flat vectors. */
  interface Step {
    void apply(StepKey key);
  }

  /** All optimizer state, one vector. */
  Tensor state() {
    return state;
  }

  /** What the penalties add to the loss of the step. */
  double penalty(StepKey key) {
    Tensor sum = parameters.values().new_zeros(1);
    for (Penalty penalty : penalties) {
      sum.add_(penalty.score(key));
    }
    return sum.item_double();
  }

  /** Updates parameters and state by the gradients, which are used up and left at zero. */
  void update(StepKey key) {
    for (Step step : steps) {
      step.apply(key);
    }
    parameters.gradients().zero_();
  }

  @Override
  public void close() {
    views.forEach(Tensor::releaseReference);
    state.releaseReference();
  }

  private void addFrozen(Stretch stretch) {
    Tensor gradients = view(parameters.gradients(), stretch);
    steps.add(key -> gradients.zero_());
  }

  private void addNormalization(Normalization normalization) {
    for (Stretch stretch : normalization.stretches()) {
      Tensor gradients = view(parameters.gradients(), stretch);
      steps.add(TorchGradientNormalization.of(normalization, gradients));
    }
  }

  private void addBlock(Block block) {
    List<Penalty> own = new ArrayList<>();
    for (Penalized tensor : block.penalized()) {
      Tensor values = view(parameters.values(), tensor.values());
      Tensor gradients = view(parameters.gradients(), tensor.values());
      List<Kind> kinds = tensor.penalties().stream().map(TorchRegularization::of).toList();
      own.add(new Penalty(values, gradients, block.updater(), kinds));
    }
    own.forEach(penalty -> steps.add(penalty::addGradient));
    own.forEach(penalty -> steps.add(penalty::decay));
    steps.add(TorchUpdaters.of(block.updater(), vectors(block)));
    penalties.addAll(own);
  }

  private Vectors vectors(Block block) {
    return new Vectors(
        view(parameters.values(), block.values()),
        view(parameters.gradients(), block.values()),
        block.state().stream().map(part -> view(state, part)).toList());
  }

  private void addConstraint(Constrained constrained) {
    var tensor = constrained.tensor();
    Tensor flat = view(parameters.values(), new Stretch(tensor.offset(), tensor.size()));
    long[] shape = tensor.rowMajorShape().stream().mapToLong(Long::longValue).toArray();
    steps.add(TorchConstraints.of(constrained, kept(flat.view(shape))));
  }

  private Tensor view(Tensor flat, Stretch stretch) {
    return kept(flat.narrow(0, stretch.from(), stretch.size()));
  }

  private Tensor kept(Tensor view) {
    views.add(FlatTensors.kept(view));
    return view;
  }

  static Scalar scalar(double value) {
    return new Scalar(value);
  }
}
