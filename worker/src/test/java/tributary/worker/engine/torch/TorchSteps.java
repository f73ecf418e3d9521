package tributary.worker.engine.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Network;
import tributary.worker.model.ParameterLayout;
import tributary.worker.model.UpdatePlan;

/** The optimizer alone, with the parameters and the plan of a network whose layers aren't run. */
@SuppressWarnings("try") // scopes and guards are held, not used
final class TorchSteps implements AutoCloseable {
  private final ParameterLayout layout;
  private final UpdatePlan plan;
  private final FlatTensors parameters;
  private final TorchOptimizer optimizer;

  TorchSteps(ModelConfiguration model) {
    TorchRuntime.load();
    TorchRuntime.setThreads(1);
    try (Network network = Network.build(model);
        PointerScope scope = new PointerScope()) {
      layout = network.layout();
      plan = network.updatePlan();
      parameters = new FlatTensors(layout, TorchDevice.CPU);
      optimizer = new TorchOptimizer(parameters, plan);
      FlatTensors.copyIn(network.state().parameters(), parameters.values());
      FlatTensors.copyIn(network.state().optimizer(), optimizer.state());
    }
  }

  ParameterLayout layout() {
    return layout;
  }

  UpdatePlan plan() {
    return plan;
  }

  void update(float[] gradient, StepKey key) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      FlatTensors.copyIn(gradient, parameters.gradients());
      optimizer.update(key);
    }
  }

  double penalty(StepKey key) {
    try (PointerScope scope = new PointerScope()) {
      return optimizer.penalty(key);
    }
  }

  float[] parameters() {
    try (PointerScope scope = new PointerScope()) {
      return FlatTensors.copyOut(parameters.values());
    }
  }

  float[] gradients() {
    try (PointerScope scope = new PointerScope()) {
      return FlatTensors.copyOut(parameters.gradients());
    }
  }

  float[] state() {
    try (PointerScope scope = new PointerScope()) {
      return FlatTensors.copyOut(optimizer.state());
    }
  }

  @Override
  public void close() {
    optimizer.close();
    parameters.close();
  }
}
